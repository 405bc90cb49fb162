# Rules as panels such as Plesk or cPanel write them: a spam threshold, blocked senders, a forward.
require ["fileinto", "relational", "comparator-i;ascii-numeric", "reject"];

/* Spam box: 7 points, written by the panel. Do not edit. */
if allof (
	header :value "ge" :comparator "i;ascii-numeric" ["X-Spam-Score"] ["7"],
	not header :matches ["X-Spam-Score"] ["-*"]
) {
	fileinto "INBOX.Spam";
	stop;
}

/* Blocked senders */
if address :is :all ["from"] ["stalker@example.net"] {
	reject "This mailbox does not accept your messages.";
	stop;
}

/* Forward, with a copy in the mailbox */
redirect "ann@home.example.net";
keep;
