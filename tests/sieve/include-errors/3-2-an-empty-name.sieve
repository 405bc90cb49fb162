require ["include", "fileinto", "variables"];
include "";
