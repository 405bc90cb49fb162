# Folders by their use (RFC 8579), because each client has another name for them. If no folder has
# that use, the name in the command is taken.
require ["fileinto", "mailbox", "special-use"];

if header :is "x-spam-flag" "yes" {
	fileinto :specialuse "\\Junk" :create "Junk";
} elsif header :contains "subject" "[archive]" {
	fileinto :specialuse "\\Archive" :create "Archive";
} elsif address :is "from" "counter@example.com" {
	fileinto :specialuse "\\Trash" "Trash";
}
