require ["duplicate", "index", "mime"];
if duplicate :mime {
	keep;
}
