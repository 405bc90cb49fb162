require ["duplicate", "fileinto", "variables"];
if duplicate :handle "h18" {
	fileinto "S2";
}
