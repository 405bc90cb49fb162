# Newsletters: mail with an unsubscribe link or marked as bulk. Not lists that you write to (they
# have List-Post), and not newsletters that you pay for.
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
