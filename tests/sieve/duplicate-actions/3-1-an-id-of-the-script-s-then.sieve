require ["duplicate", "fileinto", "variables"];
if duplicate :handle "h2" :uniqueid "a" {
	fileinto "D3b";
}
