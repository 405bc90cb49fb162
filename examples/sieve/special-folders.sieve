# Folders by what they are for (RFC 8579), since every client calls them something else; the name behind it is taken where
# no folder has that use.
require ["fileinto", "mailbox", "special-use"];

if header :is "x-spam-flag" "yes" {
	fileinto :specialuse "\\Junk" :create "Junk";
} elsif header :contains "subject" "[archive]" {
	fileinto :specialuse "\\Archive" :create "Archive";
} elsif address :is "from" "counter@example.com" {
	fileinto :specialuse "\\Trash" "Trash";
}
