# Colleagues get a longer answer than everyone else. Answers to customers are copied to Sent.
require ["fcc", "mailbox", "vacation", "variables"];

set "subject" "your message";
if header :matches "subject" "*" {
	set "subject" "${1}";
}
if address :domain :is "from" "example.com" {
	vacation :days 3 :handle "inside" :subject "Away: ${subject}" "I am at the sea. In an emergency: +41 99 555 01 23.";
} else {
	vacation :days 7 :handle "outside" :subject "Automatic answer: ${subject}" :fcc "Sent" :create "I am away and will answer when I am back.";
}
