require ["include", "fileinto", "variables"];
include ".files";
