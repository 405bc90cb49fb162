require ["include", "fileinto", "variables"];
if false {
	include "nothing";
}
