require ["editheader", "fileinto", "relational", "comparator-i;ascii-numeric", "copy", "index", "variables"];
deleteheader :is "X-Many" "two";
fileinto "F8";
