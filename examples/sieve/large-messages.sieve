# Large mail by size: a phone shows the INBOX, so large mail goes elsewhere, and for very large mail
# a notice is sent to the computer at home.
require ["enotify", "fileinto", "imap4flags"];

if size :over 10M {
	notify :importance "1" :message "A very large message is waiting" "mailto:ann@home.example.net";
	addflag ["\\Flagged", "large"];
	fileinto "Large/Huge";
} elsif allof (size :over 500K, not size :over 10M) {
	fileinto "Large";
}
