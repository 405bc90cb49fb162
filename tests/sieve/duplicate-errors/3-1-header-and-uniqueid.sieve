require ["duplicate", "index", "mime"];
if duplicate :header "a" :uniqueid "b" {
	keep;
}
