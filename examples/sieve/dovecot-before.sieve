# For sieve_before, or a directory of mda's: runs before the user's rules. An infected message ends
# here, spam goes to Junk whatever the user's rules say, and the implicit keep passes on the rest.
require ["fileinto", "imap4flags"];

if header :contains "x-virus-scan" "infected" {
	discard;
	stop;
}
if anyof (
	header :contains "x-spam" "yes",
	header :contains "x-spam-status" "yes",
	header :contains "x-rspamd-action" ["reject", "add header"]
) {
	addflag "$Junk";
	fileinto "Junk";
	stop;
}
