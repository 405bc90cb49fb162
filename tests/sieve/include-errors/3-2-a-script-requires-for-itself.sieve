require ["include", "fileinto", "variables"];
include "lacks";
