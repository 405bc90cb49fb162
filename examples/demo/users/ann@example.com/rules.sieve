# Ann's rules.
require ["fileinto", "reject", "envelope"];

if envelope :localpart :matches "to" "*+shop" {
	fileinto "Shopping";
} elsif header :contains "list-id" "gardening.lists.test" {
	fileinto "Lists/Gardening";
} elsif header :contains "content-class" "calendarmessage" {
	fileinto "Calendar";
} elsif header :contains "subject" "reçu" {
	# The decoded subject is compared, as people read it.
	fileinto "Reçus";
} elsif envelope :is "from" "" {
	fileinto "Bounces";
} elsif allof (address :is "from" "root@example.com", header :is "subject" "backup ok") {
	discard;
} elsif header :contains "subject" "[on-call]" {
	redirect "ann.phone@pager.test";
	keep;
} elsif header :contains "subject" "do not break this chain" {
	reject "Ann does not forward chain letters.";
}
