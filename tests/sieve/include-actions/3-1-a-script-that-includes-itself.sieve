require ["include", "fileinto", "variables"];
include "itself";
