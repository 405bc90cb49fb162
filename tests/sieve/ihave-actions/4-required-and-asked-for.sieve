require ["ihave", "fileinto", "copy"];
if false {
	if ihave "copy" {
	}
}
fileinto :copy "Right";
