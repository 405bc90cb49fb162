require ["ihave", "fileinto"];
if header "subject" "no such" {
	if ihave "copy" {
	}
}
fileinto :copy "Wrong";
