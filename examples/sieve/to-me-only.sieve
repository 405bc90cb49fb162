# Mail only to me is flagged. Mail to more than ten people, or without my address, can wait.
require ["comparator-i;ascii-numeric", "fileinto", "imap4flags", "relational"];

if not address :is ["to", "cc"] ["ann@example.com", "a.archer@example.com"] {
	fileinto "Later/Not for me";
} elsif address :count "gt" :comparator "i;ascii-numeric" ["to", "cc"] "10" {
	fileinto "Later/Many";
} elsif address :count "eq" :comparator "i;ascii-numeric" ["to", "cc"] "1" {
	addflag "\\Flagged";
}
