require ["duplicate", "index", "mime"];
if duplicate "x" {
	keep;
}
