# Newsletters: what can be unsubscribed from or says that it is bulk, but neither lists that one writes to (they have
# List-Post) nor what one pays for.
require ["fileinto", "imap4flags"];

if address :domain :is "from" ["newspaper.example", "magazine.example"] {
	fileinto "Reading";
} elsif allof (
	anyof (
		exists "list-unsubscribe",
		header :is "precedence" ["bulk", "junk"],
		exists ["x-campaign-id", "x-mailer-recptid"],
		header :contains "feedback-id" ":"
	),
	not exists "list-post"
) {
	addflag "$Newsletter";
	fileinto "Newsletters";
}
