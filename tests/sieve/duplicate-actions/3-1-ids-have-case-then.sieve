require ["duplicate", "fileinto", "variables"];
if duplicate :handle "h4" :uniqueid "A" {
	fileinto "D5b";
}
