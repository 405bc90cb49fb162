require ["ihave"];
if ihave "vnd.example.nothing" {
	if nothing :at :all ["x"] {
		keep;
	}
} else {
	discard;
}
