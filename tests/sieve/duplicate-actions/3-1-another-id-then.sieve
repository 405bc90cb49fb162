require ["duplicate", "fileinto", "variables"];
if duplicate :handle "h3" :uniqueid "b" {
	fileinto "D4b";
}
