require ["imap4flags", "fileinto", "copy"];
if hasflag "\\Seen" {
	addflag "had-seen";
}
addflag "later";
fileinto :copy "Copies";
