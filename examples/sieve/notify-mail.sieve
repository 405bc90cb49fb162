# Sends a short notice of important mail to the phone, without the message. First asks whether the
# method exists, so the script also works on a server without it.
require ["enotify", "envelope", "fileinto", "variables"];

if header :matches "from" "*" {
	set "from" "${1}";
}
if header :matches "subject" "*" {
	set "subject" "${1}";
}
if allof (
	address :is "from" ["boss@example.com", "school@school.example"],
	valid_notify_method "mailto:ann@phone.example.net"
) {
	notify :importance "1" :from "ann@example.com" :message "${from}: ${subject}" "mailto:ann@phone.example.net";
} elsif header :is "x-priority" "1" {
	set :encodeurl "escaped" "${subject}";
	notify "mailto:ann@phone.example.net?subject=${escaped}";
}
