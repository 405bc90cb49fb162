require ["reject", "fileinto", "copy", "variables"];
reject "no";
keep;
