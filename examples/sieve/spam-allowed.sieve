# The spam filter decides, except for known senders: customers by domain, friends by address. A
# forged sender is recognised by the mail server's check.
require ["fileinto"];

if allof (
	anyof (
		address :domain :is "from" ["customer.example", "bank.example"],
		address :is "from" ["bob@example.net", "cora@example.net"]
	),
	not header :contains "authentication-results" ["dmarc=fail", "spf=fail"]
) {
	stop;
}
if anyof (
	header :is "x-spam-flag" "yes",
	header :contains "x-spam-status" "yes,",
	header :matches "x-spam-level" "???????*"
) {
	fileinto "Junk";
}
