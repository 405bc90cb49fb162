require ["duplicate", "fileinto", "variables"];
if duplicate :handle "h7" :uniqueid "<one@b.example>" {
	fileinto "D8b";
}
