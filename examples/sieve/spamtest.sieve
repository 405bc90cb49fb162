# Spam and viruses as in RFC 5235: spamtest is 1 (clean) to 10 (spam), or 0 if nothing was tested;
# virustest is 1 to 5. Header fields are tested as well, for a server without these tests.
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
