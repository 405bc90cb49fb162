require ["editheader", "fileinto", "relational", "comparator-i;ascii-numeric", "copy", "index", "variables"];
addheader "X-Hello" "World";
if not header :contains "X-Hello" "World" {
	stop;
}
fileinto "F22";
