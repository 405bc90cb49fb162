require "ihave";
if ihave "vnd.example.nothing" {
	frobnicate "x";
} else {
	discard;
}
