# The administrator's rule after those of the users: files mail from machines that is still kept.
require ["fileinto"];

if header :contains "list-unsubscribe" "http" {
	fileinto "Newsletters";
}
