require ["reject", "fileinto", "copy", "variables"];
discard;
reject "no";
