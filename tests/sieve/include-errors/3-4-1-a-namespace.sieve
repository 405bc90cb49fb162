require ["include", "fileinto", "variables"];
global "a.b";
