require ["variables", "fileinto"];
fileinto "inner${1}";
if address :localpart :matches "from" "*" {
	fileinto "from-${1}";
}
