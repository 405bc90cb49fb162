# One mailbox for several addresses, with a folder for each, by the address that a message was sent
# to. A message to two of them goes to both folders.
require ["fileinto", "imap4flags"];

if address :is [
	"to",
	"cc",
	"resent-to"
] [
	"info@example.com",
	"office@example.com"
] {
	fileinto "Office";
}
if address :localpart :matches ["to", "cc"] ["sales", "orders", "orders-*"] {
	fileinto "Sales";
}
if address :localpart :is ["to", "cc"] ["support", "help"] {
	if header :contains "subject" ["urgent", "down"] {
		addflag "\\Flagged";
	}
	fileinto "Support";
}
