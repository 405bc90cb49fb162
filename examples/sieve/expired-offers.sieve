# Mail that says when it ends: what is over by now is read and filed, what is not yet over stays. The end stands in Expires
# or Expiry-Date, and is a date like that of Date.
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
