require ["duplicate", "fileinto", "variables"];
if duplicate :handle "h12" :seconds 0 {
	fileinto "D12";
}
