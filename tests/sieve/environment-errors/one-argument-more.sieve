require "environment";
if environment "a" "b" "c" {
	keep;
}
