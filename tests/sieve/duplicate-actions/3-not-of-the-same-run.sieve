require ["duplicate", "fileinto"];
if duplicate :handle "h17" {
	fileinto "S1";
}
if duplicate :handle "h17" {
	fileinto "S1";
}
