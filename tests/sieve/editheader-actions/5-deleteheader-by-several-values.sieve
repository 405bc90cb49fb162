require ["editheader", "fileinto", "relational", "comparator-i;ascii-numeric", "copy", "index", "variables"];
deleteheader :contains "X-Many" ["on", "thr"];
fileinto "F9";
