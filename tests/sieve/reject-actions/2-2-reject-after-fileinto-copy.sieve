require ["reject", "fileinto", "copy", "variables"];
fileinto :copy "A";
reject "no";
