require ["duplicate", "fileinto"];
if allof (false, duplicate :handle "h18") {
	keep;
}
