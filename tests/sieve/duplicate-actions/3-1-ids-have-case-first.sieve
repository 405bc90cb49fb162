require ["duplicate", "fileinto", "variables"];
if duplicate :handle "h4" :uniqueid "a" {
	fileinto "D5";
}
