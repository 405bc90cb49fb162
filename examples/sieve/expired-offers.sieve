# Mail that says when it ends: if it is over by now, it is filed as read, else it stays. The end is
# in Expires or Expiry-Date, a date like that of Date.
require ["date", "fileinto", "imap4flags", "relational", "variables"];

set "end" "";
if date :zone "+0000" :matches "expires" "date" "*" {
	set "end" "${1}";
} elsif date :zone "+0000" :matches "expiry-date" "date" "*" {
	set "end" "${1}";
}
if allof (
	not string :is "${end}" "",
	currentdate :zone "+0000" :value "gt" "date" "${end}"
) {
	addflag "\\Seen";
	fileinto "Over";
}
