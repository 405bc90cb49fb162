# One script for several places: what is refused while the sender waits, and what a delivery does. An item that nobody knows
# matches nothing.
require ["environment", "fileinto", "variables"];

if environment :is "location" ["MTA", "MS"] {
	# Not here: the mail server itself would run it.
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
