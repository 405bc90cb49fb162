require ["include", "fileinto", "variables"];
global "1";
