require "date";
if date ["date", "received"] "year" "2026" {
	keep;
}
