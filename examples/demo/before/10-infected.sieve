# The administrator's rule before those of the users: files what the MTA's virus scanner found.
require ["fileinto"];

if header :matches "x-virus-status" "infected*" {
	fileinto "Quarantine";
}
