# Certain spam is discarded, suspected spam goes to Junk. i;ascii-numeric reads the digits at the
# start: 15.9 is 15. Without a digit it reads infinity, so negative scores must be tested first.
require ["comparator-i;ascii-numeric", "fileinto", "relational"];

if header :matches "x-spam-score" "-*" {
	keep;
} elsif header :value "ge" :comparator "i;ascii-numeric" "x-spam-score" "15" {
	discard;
} elsif header :value "ge" :comparator "i;ascii-numeric" "x-spam-score" "5" {
	fileinto "Junk";
}
