# Three piles: some mail is filed as seen, some goes to Later, and answers to you stay.
require ["fileinto", "imap4flags"];

if header :contains ["in-reply-to", "references"] "@ann.example.com>" {
	keep :flags "\\Flagged";
} elsif header :is "subject" ["daily report", "weekly report"] {
	fileinto :flags ["\\Seen", "$report"] "Reports";
} elsif anyof (
	header :contains "subject" ["fyi", "for information"],
	not address :contains ["to", "cc"] "ann@"
) {
	fileinto "Later";
}
