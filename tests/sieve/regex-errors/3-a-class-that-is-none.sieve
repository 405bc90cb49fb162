require "regex";
if header :regex "subject" "[[:what:]]" {
	keep;
}
