require ["duplicate", "index", "mime"];
if duplicate :index 1 {
	keep;
}
