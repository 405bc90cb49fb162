# What machines write: the uneventful is thrown away, failures stay in the INBOX, the rest goes to a folder.
require ["fileinto"];

if address :localpart :is "from" ["root", "cron", "nagios"] {
	if header :contains "subject" ["backup ok", "no updates available"] {
		discard;
	} elsif header :contains "subject" ["failed", "critical"] {
		keep;
	} else {
		fileinto "Notifications";
	}
} elsif header :is "auto-submitted" ["auto-generated", "auto-replied"] {
	fileinto "Notifications";
}
