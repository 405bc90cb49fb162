require "subaddress";
if header :detail "to" "a" {
	keep;
}
