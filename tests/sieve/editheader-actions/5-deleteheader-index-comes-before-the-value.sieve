require ["editheader", "fileinto", "relational", "comparator-i;ascii-numeric", "copy", "index", "variables"];
deleteheader :index 1 :contains "X-Many" "two";
fileinto "F12";
