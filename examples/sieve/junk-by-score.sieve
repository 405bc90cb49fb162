# A stricter limit than the administrator's: five stars of the spam filter, or signs of spam.
require ["fileinto"];

if anyof (header :contains "x-spam-level" "*****",
	header :contains "subject" ["you have won", "urgent business proposal"],
	allof (not exists "message-id", not exists "date")) {
	fileinto "Junk";
	stop;
}
