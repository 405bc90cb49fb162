# Addresses with a detail, given to shops and forms: ann+shop@example.com. The envelope tells what the
# MTA delivers to, so it works for blind copies as well.
require ["fileinto", "envelope"];

if envelope :localpart :matches "to" "*+shop*" {
	fileinto "Shopping";
} elsif envelope :localpart :matches "to" "*+travel" {
	fileinto "Travel";
} elsif envelope :localpart :is "to" "ann+leaked" {
	# An address that got into the wrong hands.
	discard;
}
