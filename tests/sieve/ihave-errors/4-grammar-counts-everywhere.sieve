require "ihave";
if ihave "vnd.example.nothing" {
	keep
}
