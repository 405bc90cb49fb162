require ["reject", "fileinto", "copy", "variables"];
keep;
reject "no";
