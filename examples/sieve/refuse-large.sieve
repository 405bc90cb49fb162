# Large mail is refused with a hint, but not that of colleagues.
require ["reject"];

if allof (size :over 20M, not address :domain :is "from" "example.com") {
	reject "Your message is over 20 MB. Please put the files on https://files.example.com instead.";
}
