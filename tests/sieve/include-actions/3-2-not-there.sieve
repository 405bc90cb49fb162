require ["include", "fileinto", "variables"];
include "nothing";
