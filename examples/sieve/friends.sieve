# Friends and colleagues by lists that stand outside of the script, so that adding one needs no change here.
require ["extlists", "fileinto", "imap4flags"];

if address :list "from" "addrbook:default" {
	addflag "\\Flagged";
} elsif address :list "from" ["friends", "lmdb:staff"] {
	fileinto "People";
}
