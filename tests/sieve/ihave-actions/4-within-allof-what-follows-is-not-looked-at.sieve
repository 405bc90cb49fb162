require "ihave";
if allof (ihave "vnd.example.nothing", frobnicate "x") {
	frobnicate;
} else {
	discard;
}
