# Addresses with a detail, as given to shops and forms: ann+shop@example.com. The envelope has the
# address that the MTA delivers to, so this works for blind copies as well.
require ["fileinto", "envelope"];

if envelope :localpart :matches "to" "*+shop*" {
	fileinto "Shopping";
} elsif envelope :localpart :matches "to" "*+travel" {
	fileinto "Travel";
} elsif envelope :localpart :is "to" "ann+leaked" {
	# This address was leaked.
	discard;
}
