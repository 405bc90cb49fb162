require ["editheader", "fileinto", "relational", "comparator-i;ascii-numeric", "copy", "index", "variables"];
deleteheader :index 1 "X-Many";
deleteheader :index 2 "X-Many";
fileinto "F21";
