# Subjects in scripts that you cannot read, and signs that only spam has. ${unicode:...} contains
# numbers of characters; the decoded subject is compared.
require ["encoded-character", "fileinto"];

if header :contains "subject" [
	"${unicode:1F4B0}",
	"${unicode:1F911}",
	"${unicode:20BF} bonus"
] {
	fileinto "Junk";
} elsif header :contains "subject" [
	"${unicode:0438 0439}",
	"${unicode:0430 044F}",
	"${unicode:043D 043E}"
] {
	fileinto "Junk/Cyrillic";
} elsif header :contains ["subject", "content-type"] ["gb2312", "koi8-r"] {
	fileinto "Junk/Charset";
}
