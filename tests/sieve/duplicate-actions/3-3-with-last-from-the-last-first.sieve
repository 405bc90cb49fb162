require ["duplicate", "fileinto", "variables"];
if duplicate :handle "h16" :seconds 100 :last {
	fileinto "D16";
}
