require "regex";
if header :regex "subject" "a{32768}" {
	keep;
}
