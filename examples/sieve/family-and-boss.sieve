# The family gets a folder and a flag, the boss a flag. What the boss sends to many is not urgent.
require ["fileinto", "imap4flags"];

if address :is "from" [
	"mum@family.example",
	"dad@family.example",
	"grandma@old-people.example"
] {
	addflag ["$Family", "\\Flagged"];
	fileinto "Family";
	stop;
}
if address :is ["from", "sender", "reply-to"] "boss@example.com" {
	if anyof (
		address :is "to" "ann@example.com",
		header :matches "importance" "high"
	) {
		setflag ["\\Flagged", "$label1"];
	} else {
		setflag "$label2";
	}
	keep;
}
