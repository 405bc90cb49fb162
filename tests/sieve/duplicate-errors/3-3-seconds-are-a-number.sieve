require ["duplicate", "index", "mime"];
if duplicate :seconds "1" {
	keep;
}
