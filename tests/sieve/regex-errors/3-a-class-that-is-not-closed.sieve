require "regex";
if header :regex "subject" "[[:alpha]" {
	keep;
}
