require "regex";
if header :regex "subject" "((a{200}){200})" {
	keep;
}
