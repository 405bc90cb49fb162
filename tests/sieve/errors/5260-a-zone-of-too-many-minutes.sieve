require "date";
if date :zone "+0160" "date" "year" "2026" {
	keep;
}
