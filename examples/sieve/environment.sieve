# One script for two places: the server that refuses mail while the sender waits, and the delivery.
# An item that is not known matches nothing.
require ["environment", "fileinto", "variables"];

if environment :is "location" ["MTA", "MS"] {
	# Not in a delivery: only the mail server itself would run this.
	discard;
	stop;
}
if environment :matches "vnd.example.department" "*" {
	fileinto "${1}";
	stop;
}
if allof (
	environment :is "location" "MDA",
	environment :is "phase" ["during", "pre", "post"]
) {
	if header :contains "subject" "delivery test" {
		fileinto "Tests";
	}
}
