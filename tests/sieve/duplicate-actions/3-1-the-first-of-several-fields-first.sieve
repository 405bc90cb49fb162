require ["duplicate", "fileinto", "variables"];
if duplicate :handle "h5" :header "X-Two" {
	fileinto "D6";
}
