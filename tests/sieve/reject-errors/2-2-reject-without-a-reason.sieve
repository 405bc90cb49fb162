require ["reject", "fileinto", "copy", "variables"];
reject;
