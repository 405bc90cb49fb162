# Refuses senders with ereject, so that the mail server tells them while they wait, and nobody whose
# address was forged gets a bounce.
require ["envelope", "ereject"];

if anyof (
	envelope :is "from" ["stalker@example.net"],
	envelope :domain :is "from" [
		"pushy-sales.example",
		"headhunters.example"
	],
	address :domain :matches "from" ["*.headhunters.example"]
) {
	ereject "The recipient does not want your messages.";
}
