require ["ihave", "fileinto"];
if ihave "variables" {
	set "a" "Wrong";
	fileinto "${a}";
} else {
	fileinto "Right";
}
