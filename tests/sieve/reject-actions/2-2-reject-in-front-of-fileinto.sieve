require ["reject", "fileinto", "copy", "variables"];
reject "no";
fileinto "A";
