# Spam and viruses as RFC 5235 has them: spamtest is 1 (clean) to 10 (spam), and 0 where nothing was tested; virustest 1 to
# 5. The headers are asked as well, for a host where the tests know nothing.
require [
	"comparator-i;ascii-numeric",
	"fileinto",
	"relational",
	"spamtest",
	"virustest"
];

if anyof (
	virustest :value "ge" :comparator "i;ascii-numeric" "4",
	header :is "x-virus-status" "infected"
) {
	discard;
} elsif anyof (
	spamtest :value "ge" :comparator "i;ascii-numeric" "5",
	header :is "x-spam-flag" "yes"
) {
	fileinto "Junk";
}
