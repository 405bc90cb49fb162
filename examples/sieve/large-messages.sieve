# Large mail by size: a telephone shows the INBOX, so what is large goes elsewhere, and what is very large is told by mail
# to the one who reads at home.
require ["enotify", "fileinto", "imap4flags"];

if size :over 10M {
	notify :importance "1" :message "A very large message is waiting" "mailto:ann@home.example.net";
	addflag ["\\Flagged", "large"];
	fileinto "Large/Huge";
} elsif allof (size :over 500K, not size :over 10M) {
	fileinto "Large";
}
