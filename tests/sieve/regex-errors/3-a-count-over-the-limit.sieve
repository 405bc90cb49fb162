require "regex";
if header :regex "subject" "a{256}" {
	keep;
}
