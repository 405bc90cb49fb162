require "editheader";
if header "X-Outer" "1" {
	addheader "X-Inner" "1";
}
