require "date";
if currentdate "2026" {
	keep;
}
