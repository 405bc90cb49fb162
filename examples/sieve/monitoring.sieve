# Alerts of machines, with a folder a month: Alerts/2026/11. A critical alert is flagged and stays
# in the INBOX too; a recovery is already marked as read.
require ["copy", "date", "fileinto", "imap4flags", "mailbox", "variables"];

if not anyof (
	address :localpart :is "from" [
		"nagios",
		"icinga",
		"zabbix",
		"alertmanager"
	],
	header :matches "subject" "Cron <*@*> *"
) {
	stop;
}
set "folder" "Alerts/undated";
if date :originalzone :matches "date" "date" "????-??-*" {
	set "folder" "Alerts/${1}${2}${3}${4}/${5}${6}";
}
if header :matches "subject" ["*CRITICAL*", "*DOWN*", "*[FIRING*"] {
	addflag "\\Flagged";
	fileinto :copy "INBOX";
} elsif header :matches "subject" ["*RECOVERY*", "* OK *", "*[RESOLVED]*"] {
	addflag "\\Seen";
}
fileinto :create "${folder}";
