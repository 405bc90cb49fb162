# For sieve_after: runs for what the user's rules have left in the INBOX. Bulk mail and notices of
# machines go to folders that everyone has.
require ["fileinto", "mailbox"];

if header :is "precedence" "list" {
	fileinto :create "Lists";
} elsif anyof (
	header :is "precedence" ["bulk", "junk"],
	header :is "x-auto-response-suppress" "all"
) {
	fileinto :create "Bulk";
} elsif allof (exists "auto-submitted", not header :is "auto-submitted" "no") {
	fileinto :create "Automatic";
}
