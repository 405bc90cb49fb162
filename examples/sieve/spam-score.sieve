# What the spam filter is sure of is dropped, what it suspects goes to Junk. i;ascii-numeric reads the digits at the
# start: 15.9 is 15. What starts with no digit is infinity for it, so negative scores must be let through first.
require ["comparator-i;ascii-numeric", "fileinto", "relational"];

if header :matches "x-spam-score" "-*" {
	keep;
} elsif header :value "ge" :comparator "i;ascii-numeric" "x-spam-score" "15" {
	discard;
} elsif header :value "ge" :comparator "i;ascii-numeric" "x-spam-score" "5" {
	fileinto "Junk";
}
