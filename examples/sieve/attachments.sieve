# By the Content-Type of the message: multipart/mixed has attachments; some send only a file.
require ["fileinto", "imap4flags"];

if anyof (
	header :matches "content-type" [
		"*name=*.exe*",
		"*name=*.scr*",
		"*name=*.js*"
	],
	header :contains "content-type" "application/x-msdownload"
) {
	fileinto "Quarantine";
	stop;
}
if header :contains "content-type" [
	"application/pdf",
	"application/vnd.oasis",
	"application/msword"
] {
	addflag "$HasAttachment";
	fileinto "Documents";
} elsif header :matches "content-type" "multipart/mixed*" {
	addflag "$HasAttachment";
}
