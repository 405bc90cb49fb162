require ["editheader", "fileinto", "relational", "comparator-i;ascii-numeric", "copy", "index", "variables"];
deleteheader "Auto-Submitted";
fileinto "F17";
