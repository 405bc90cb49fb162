require ["editheader", "fileinto", "relational", "comparator-i;ascii-numeric", "copy", "index", "variables"];
set "v" "a
X-Evil: 1";
addheader "X-New" "${v}";
fileinto "F5";
