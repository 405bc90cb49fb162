require ["duplicate", "fileinto", "variables"];
if duplicate :handle "h13" :seconds 100 {
	fileinto "D13";
}
