require ["include", "fileinto", "variables"];
global "i_am";
set "global.i_am" "1";
if string "${i_am}" "1" {
	fileinto "One";
}
