# What an old account forwards: the last server before ours is the first Received field, or the old account's server has
# written its own field. It is marked, so that one sees who has to be told the new address.
require ["fileinto", "imap4flags", "index"];

if anyof (
	header :index 1 :contains "received" "from mail.old.example.com",
	header :is "x-forwarded-for" "ann@old.example.com ann@example.com",
	header :index 1 :last :contains "delivered-to" "ann@old.example.com"
) {
	addflag ["OldAddress", "\\Flagged"];
	fileinto "Old account";
}
