require ["reject", "fileinto", "copy", "variables"];
reject "I do not take this";
