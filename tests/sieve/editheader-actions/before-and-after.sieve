require ["editheader", "fileinto", "relational", "comparator-i;ascii-numeric", "copy", "index", "variables"];
fileinto :copy "Before";
addheader "X-New" "1";
fileinto "After";
