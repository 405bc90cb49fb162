require ["include", "fileinto", "variables"];
include :personal "files";
