require "spamtest";
if spamtest ["1", "2"] {
	keep;
}
