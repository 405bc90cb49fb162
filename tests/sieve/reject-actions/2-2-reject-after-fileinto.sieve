require ["reject", "fileinto", "copy", "variables"];
fileinto "A";
reject "no";
