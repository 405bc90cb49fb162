require ["include", "variables", "mime"];
global "seen";
if header :matches "content-type" "*/*" {
	set "seen" "${seen} ${1}";
}
