require ["editheader", "fileinto", "relational", "comparator-i;ascii-numeric", "copy", "index", "variables"];
addheader :last "X-Many" "four";
fileinto "F3";
