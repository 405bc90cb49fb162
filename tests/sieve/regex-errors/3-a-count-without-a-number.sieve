require "regex";
if header :regex "subject" "a{x}" {
	keep;
}
