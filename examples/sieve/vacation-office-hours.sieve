# Answers mail that is sent in the evening, at night or at the weekend: somebody reads it in the
# morning. The time is that of the message, in our time zone; 0 is Sunday, 6 Saturday.
require ["date", "relational", "vacation", "vacation-seconds"];

if anyof (
	header :contains "precedence" ["bulk", "list", "junk"],
	not exists "date"
) {
	stop;
}
if anyof (
	date :zone "+0100" "date" "weekday" ["0", "6"],
	date :zone "+0100" :value "lt" "date" "hour" "08",
	date :zone "+0100" :value "ge" "date" "hour" "18"
) {
	vacation :seconds 43200 :subject "We are closed now" :handle "closed" "The office is open from 8 to 18 o'clock, Monday to Friday.";
}
