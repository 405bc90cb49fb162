require ["editheader", "fileinto", "relational", "comparator-i;ascii-numeric", "copy", "index", "variables"];
addheader "X-New" "grün";
fileinto "F4";
