# For sieve_before, or a directory of mda's: runs before the user's own rules. An infected message ends here; spam goes to
# Junk whatever the user's rules would do with it; all else goes on to them by the implicit keep.
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
