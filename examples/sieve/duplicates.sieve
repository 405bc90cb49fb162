# If the same message comes from a list and directly, the second one is discarded. Alarms that
# repeat under new ids are recognised by their text instead, and at most one an hour is kept.
require ["duplicate", "fileinto", "imap4flags", "variables"];

if duplicate {
	discard;
	stop;
}
if allof (
	address :is "from" "alarm@house.example",
	header :matches "subject" "Alarm: *"
) {
	if duplicate :handle "alarm" :uniqueid "${1}" :seconds 3600 {
		addflag "\\Seen";
		fileinto "Alarms/Repeated";
	} else {
		fileinto "Alarms";
	}
}
