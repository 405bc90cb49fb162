require "subaddress";
if address :user :localpart "to" "a" {
	keep;
}
