require "ihave";
if not ihave "vnd.example.nothing" {
	discard;
} else {
	frobnicate;
}
