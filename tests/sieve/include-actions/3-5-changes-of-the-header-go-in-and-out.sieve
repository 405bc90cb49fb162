require ["include", "editheader", "fileinto"];
addheader "X-Outer" "1";
include "edits";
if header "X-Inner" "1" {
	fileinto "Edited";
}
