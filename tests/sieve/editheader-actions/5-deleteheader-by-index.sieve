require ["editheader", "fileinto", "relational", "comparator-i;ascii-numeric", "copy", "index", "variables"];
deleteheader :index 2 "X-Many";
fileinto "F10";
