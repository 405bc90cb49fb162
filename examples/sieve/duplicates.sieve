# The same message by a list and directly: the second one is thrown away. Alarms that repeat themselves under new ids are
# told by their text instead, and at most one an hour is let in.
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
