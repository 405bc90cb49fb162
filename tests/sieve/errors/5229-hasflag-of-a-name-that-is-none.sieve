require ["variables", "imap4flags"];
if hasflag ["a", "b c"] "a" {
	keep;
}
