require ["duplicate", "fileinto", "variables"];
if duplicate :handle "h10" :header "X-Nothing" {
	fileinto "D10b";
}
