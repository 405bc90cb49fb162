require ["duplicate", "fileinto", "variables"];
if duplicate :handle "h6" :header "X-Id" {
	fileinto "D7";
}
