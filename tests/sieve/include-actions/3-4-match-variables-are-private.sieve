require ["include", "variables", "fileinto"];
if header :matches "subject" "*" {
	include "captures";
	fileinto "${1}";
}
