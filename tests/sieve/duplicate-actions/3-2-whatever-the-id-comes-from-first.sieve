require ["duplicate", "fileinto", "variables"];
if duplicate :handle "h7" :header "message-id" {
	fileinto "D8";
}
