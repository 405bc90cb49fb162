# One script for several servers: what an extension would do where it is known, and something else where it is not. Commands
# of an extension that is not known are not looked at.
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
