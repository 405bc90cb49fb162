require ["duplicate", "fileinto", "variables"];
if duplicate :handle "h14" :seconds 100 {
	fileinto "D14";
}
