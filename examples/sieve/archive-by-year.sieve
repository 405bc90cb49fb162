# Copies every message to an archive by the year and month in which it was sent. A message older
# than 2020, as when an old mailbox is moved here, goes only there.
require [
	"copy",
	"date",
	"fileinto",
	"imap4flags",
	"mailbox",
	"relational",
	"variables"
];

if date :originalzone :matches "date" "year" "*" {
	set "year" "${1}";
}
if date :originalzone :matches "date" "month" "*" {
	set "month" "${1}";
}
if string :is "${year}" "" {
	fileinto :copy :create "Archive/No date";
} elsif date :originalzone :value "lt" "date" "date" "2020-01-01" {
	addflag "\\Seen";
	fileinto :create "Archive/${year}";
} else {
	fileinto :copy :create :flags "\\Seen" "Archive/${year}/${month}";
}
