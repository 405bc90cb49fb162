# Each mailing list into a folder of its own. List-Id is what a list's software writes; From is not.
require ["fileinto"];

if header :contains "list-id" "<announce.example.org>" {
	fileinto "Lists/Announcements";
} elsif header :contains "list-id" "<dev.example.org>" {
	fileinto "Lists/Development";
} elsif exists ["list-id", "list-unsubscribe"] {
	# Every other list that can be left: newsletters, mostly.
	fileinto "Lists/Other";
}
