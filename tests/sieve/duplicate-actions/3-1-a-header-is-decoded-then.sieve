require ["duplicate", "fileinto", "variables"];
if duplicate :handle "h6" :uniqueid "grün" {
	fileinto "D7b";
}
