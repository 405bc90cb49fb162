require ["editheader", "fileinto", "relational", "comparator-i;ascii-numeric", "copy", "index", "variables"];
addheader "X-Mda-Label" "none";
fileinto "F19";
