require ["include", "fileinto", "variables"];
if true {
	include "files";
}
