require ["envelope", "envelope-dsn"];
if envelope :domain "envid" "x" {
	keep;
}
