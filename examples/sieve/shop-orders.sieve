# Mail of shops about an order: a folder for each shop, by the name in its domain. Parcels stay in
# the INBOX until they have arrived.
require ["fileinto", "imap4flags", "mailbox", "regex", "variables"];

if not header :regex "subject" [
	"order ",
	"invoice",
	"shipped",
	"delivered",
	"parcel"
] {
	stop;
}
if address :domain :regex "from" "([a-z0-9-]+)\\.example$" {
	set :lower :upperfirst "shop" "${1}";
} else {
	stop;
}
if header :contains "subject" "invoice" {
	fileinto :create "Orders/${shop}/Invoices";
} elsif header :contains "subject" "delivered" {
	setflag "\\Seen";
	fileinto :create "Orders/${shop}";
} elsif header :contains "subject" ["shipped", "parcel"] {
	setflag "\\Flagged";
	keep;
} else {
	fileinto :create "Orders/${shop}";
}
