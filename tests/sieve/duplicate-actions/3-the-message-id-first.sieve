require ["duplicate", "fileinto", "variables"];
if duplicate {
	fileinto "D1";
}
