require ["vacation", "variables", "fileinto"];
if true {
	vacation "a";
} else {
	vacation "b";
}
