require ["ihave", "fileinto"];
if ihave ["encoded-character", "copy"] {
	fileinto "Wrong${hex:21}";
} else {
	fileinto "Right";
}
