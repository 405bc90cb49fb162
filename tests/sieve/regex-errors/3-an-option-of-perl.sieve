require "regex";
if header :regex "subject" "(?i)a" {
	keep;
}
