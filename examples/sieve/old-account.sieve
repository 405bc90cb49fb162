# Mail that an old account forwards: the first Received field names its server, or that server has
# written a field of its own. The mail is marked, so you see who needs your new address.
require ["fileinto", "imap4flags", "index"];

if anyof (
	header :index 1 :contains "received" "from mail.old.example.com",
	header :is "x-forwarded-for" "ann@old.example.com ann@example.com",
	header :index 1 :last :contains "delivered-to" "ann@old.example.com"
) {
	addflag ["OldAddress", "\\Flagged"];
	fileinto "Old account";
}
