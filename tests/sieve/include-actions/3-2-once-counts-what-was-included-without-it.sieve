require ["include", "fileinto", "variables"];
include "files";
include "deep";
