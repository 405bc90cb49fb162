require ["editheader", "fileinto", "relational", "comparator-i;ascii-numeric", "copy", "index", "variables"];
fileinto "Once";
addheader "X-New" "1";
fileinto "Once";
