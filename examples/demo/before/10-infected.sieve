# The administrator's rule before those of the users: what the virus scanner of the MTA found.
require ["fileinto"];

if header :matches "x-virus-status" "infected*" {
	fileinto "Quarantine";
}
