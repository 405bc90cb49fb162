# Receipts and reports by their type: read receipts are marked as read, reports of failures stay.
require ["envelope", "fileinto", "imap4flags", "regex"];

if header :regex "content-type" "^multipart/report.*report-type=\"?disposition-notification" {
	fileinto :flags "\\Seen" "Receipts";
} elsif header :regex "content-type" "^multipart/report.*report-type=\"?delivery-status" {
	if header :contains "subject" ["delayed", "warning"] {
		fileinto "Receipts";
	} else {
		addflag "\\Flagged";
		keep;
	}
} elsif allof (
	envelope :is "from" "",
	header :matches "auto-submitted" "auto-replied*"
) {
	fileinto "Receipts";
}
