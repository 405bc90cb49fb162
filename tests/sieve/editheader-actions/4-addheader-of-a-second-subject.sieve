require ["editheader", "fileinto", "relational", "comparator-i;ascii-numeric", "copy", "index", "variables"];
addheader "Subject" "more";
fileinto "F6";
