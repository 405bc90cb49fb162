# Keywords instead of folders: a message can have several, and IMAP clients show them as labels.
# Private mail gets no keyword for money.
require ["imap4flags", "variables"];

set "labels" "";
if header :contains "subject" ["invoice", "receipt", "payment"] {
	addflag "labels" "money";
}
if header :contains "subject" ["flight", "train", "hotel"] {
	addflag "labels" "travel";
}
if address :domain :is "from" ["club.example", "school.example"] {
	addflag "labels" ["private", "calendar"];
}
if header :is "x-priority" ["1", "2"] {
	addflag "labels" "\\Flagged";
}
if hasflag :contains "labels" "private" {
	removeflag "labels" "money";
}
keep :flags "${labels}";
