require ["duplicate", "fileinto", "variables"];
if duplicate :handle "h1" :header "X-Id" {
	fileinto "D2";
}
