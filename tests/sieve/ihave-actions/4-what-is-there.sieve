require "ihave";
if ihave "fileinto" {
	fileinto "Yes";
} else {
	keep;
}
