require ["duplicate", "fileinto", "variables"];
if duplicate :handle "h11" :header "X Y" {
	fileinto "D11";
}
