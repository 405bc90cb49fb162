require "regex";
if header :regex "subject" "\\q" {
	keep;
}
