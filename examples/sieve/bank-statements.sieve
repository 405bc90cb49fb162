# A folder for each bank, by the sender's domain. Other senders who call themselves a bank: Junk.
require ["fileinto", "imap4flags", "variables"];

if address :domain :matches "from" [
	"first-bank.example",
	"*.first-bank.example"
] {
	set "bank" "First Bank";
} elsif address :domain :is "from" ["savings.example", "cards.savings.example"] {
	set "bank" "Savings";
}
if string :is "${bank}" "" {
	if header :contains "from" ["first bank", "savings"] {
		fileinto "Junk";
	}
	stop;
}
if header :contains "subject" ["statement", "credit card bill"] {
	fileinto "Money/${bank}/Statements";
} elsif header :contains "subject" ["one-time code", "log-in"] {
	keep;
} else {
	fileinto "Money/${bank}";
}
