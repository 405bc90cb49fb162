require ["duplicate", "fileinto", "variables"];
if duplicate :handle "h19" {
	fileinto "S3";
}
