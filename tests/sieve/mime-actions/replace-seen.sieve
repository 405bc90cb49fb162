require ["replace", "fileinto", "body"];
replace "All is gone.";
if allof (body :contains "All is gone", not body :contains "Hello") {
	fileinto "R5";
}
