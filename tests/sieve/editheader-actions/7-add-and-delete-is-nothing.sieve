require ["editheader", "fileinto", "relational", "comparator-i;ascii-numeric", "copy", "index", "variables"];
addheader "X-Hello" "World";
deleteheader :index 1 "X-Hello";
fileinto "F20";
