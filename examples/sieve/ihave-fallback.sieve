# One script for several servers: uses an extension if it is known, and something else if not.
# Commands of an unknown extension are not checked.
require ["fileinto", "ihave"];

if header :contains "subject" "tomorrow" {
	if ihave "vnd.cyrus.snooze" {
		snooze :mailbox "INBOX" "08:00";
	} else {
		fileinto "Tomorrow";
	}
} elsif allof (
	ihave ["imap4flags", "copy"],
	header :contains "subject" "important"
) {
	fileinto :copy :flags "\\Flagged" "Important";
} elsif not ihave "fileinto" {
	error "this server has no folders";
}
