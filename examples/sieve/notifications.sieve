# Mail from machines: routine reports are discarded, failures stay in the INBOX, the rest is filed.
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
