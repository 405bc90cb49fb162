require ["editheader", "fileinto", "relational", "comparator-i;ascii-numeric", "copy", "index", "variables"];
deleteheader "Subject";
if exists "Subject" {
	stop;
}
fileinto "F23";
