require ["vacation", "variables", "fileinto"];
if header :contains "from" "boss@example.edu" {
	redirect "pleeb@isp.example.org";
} else {
	vacation "Sorry, I am away.";
}
