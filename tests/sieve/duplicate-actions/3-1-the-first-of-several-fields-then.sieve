require ["duplicate", "fileinto", "variables"];
if duplicate :handle "h5" :uniqueid "first" {
	fileinto "D6b";
}
