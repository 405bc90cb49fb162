# A folder for each mailing list. List-Id is written by the list's software; From is not.
require ["fileinto"];

if header :contains "list-id" "<announce.example.org>" {
	fileinto "Lists/Announcements";
} elsif header :contains "list-id" "<dev.example.org>" {
	fileinto "Lists/Development";
} elsif exists ["list-id", "list-unsubscribe"] {
	# Any other list that you can leave: mostly newsletters.
	fileinto "Lists/Other";
}
