require ["duplicate", "fileinto", "variables"];
if duplicate :handle "h9" {
	fileinto "D9b";
}
