# Tickets: [NET-123] anywhere in the subject goes to Tickets/NET. Our own queue is flagged.
require ["fileinto", "imap4flags", "mailbox", "regex", "variables"];

if header :comparator "i;octet" :regex "subject" "\\[([A-Z][A-Z]+)-([0-9]+)\\]" {
	set "queue" "${1}";
	set "number" "${2}";
	if string :is "${queue}" "OPS" {
		addflag ["\\Flagged", "ticket-${number}"];
	}
	fileinto :create "Tickets/${queue}";
	stop;
}
if header :regex "subject" "(ticket|case|request) *(no\\.?|number|#)? *:? *[0-9]{4,}" {
	fileinto :create "Tickets/Other";
}
