# Meetings: invitations go to one folder, answers to your own invitations to another.
require ["fileinto"];

if header :contains "content-class" "calendarmessage" {
	fileinto "Calendar";
} elsif header :matches "subject" ["accepted:*", "declined:*", "tentative:*"] {
	fileinto "Calendar/Answers";
} elsif header :contains "content-type" "text/calendar" {
	fileinto "Calendar";
}
