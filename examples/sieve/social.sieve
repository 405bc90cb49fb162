# Social networks send a lot. Messages of a person stay in the INBOX; "somebody liked this" is read.
require ["fileinto", "imap4flags"];

if address :domain :matches "from" [
	"friends.example",
	"*.friends.example",
	"chirp.example",
	"*.chirp.example",
	"career.example"
] {
	if anyof (
		header :matches "subject" [
			"* sent you a message*",
			"* mentioned you*"
		],
		header :is "x-notification-type" ["direct_message", "mention"]
	) {
		keep;
	} elsif header :contains "subject" [
		"security alert",
		"log-in",
		"password"
	] {
		addflag "\\Flagged";
		keep;
	} else {
		setflag "\\Seen";
		fileinto "Social";
	}
	stop;
}
