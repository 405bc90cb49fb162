require ["duplicate", "fileinto", "variables"];
if duplicate :handle "h8" {
	fileinto "D9";
}
