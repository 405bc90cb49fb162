require ["duplicate", "fileinto", "variables"];
if duplicate :handle "h3" :uniqueid "a" {
	fileinto "D4";
}
