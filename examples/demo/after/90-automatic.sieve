# The administrator's rule after those of the users: what they leave in the INBOX although a machine wrote it.
require ["fileinto"];

if header :contains "list-unsubscribe" "http" {
	fileinto "Newsletters";
}
