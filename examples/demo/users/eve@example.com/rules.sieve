# Eve's rules have an error: mail is kept, and rules.sieve.errors beside this file says why.
require ["fileinto"];

if header :contains "subject" "lunch" {
	fileintoo "Lunch";
}
