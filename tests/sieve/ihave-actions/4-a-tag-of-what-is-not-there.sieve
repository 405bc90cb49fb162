require ["ihave", "fileinto"];
if ihave "vnd.example.nothing" {
	fileinto :nothing "A";
}
