require ["reject", "fileinto", "copy", "variables"];
reject "no";
reject "really";
