# Alarms go to the phone and stay here as well: redirect alone would not keep them.
if allof (address :domain :is "from" "monitoring.example.org",
	header :matches "subject" ["*critical*", "*down*"]) {
	redirect "pager@phone.example.net";
	keep;
}
