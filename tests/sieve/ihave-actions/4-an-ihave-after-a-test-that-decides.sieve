require ["ihave", "fileinto"];
if anyof (exists "from", ihave "relational") {
	if header :count "ge" "from" "1" {
		fileinto "Wrong";
	}
}
