# Friends and colleagues are in lists outside of the script, so a new one needs no change here.
require ["extlists", "fileinto", "imap4flags"];

if address :list "from" "addrbook:default" {
	addflag "\\Flagged";
} elsif address :list "from" ["friends", "lmdb:staff"] {
	fileinto "People";
}
