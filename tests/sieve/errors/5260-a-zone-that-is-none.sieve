require "date";
if date :zone "GMT" "date" "year" "2026" {
	keep;
}
