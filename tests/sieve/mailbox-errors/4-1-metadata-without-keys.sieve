require "mboxmetadata";
if metadata "A" "/private/b" {
	keep;
}
