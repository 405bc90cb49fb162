require ["include", "fileinto", "variables"];
set "x" "1";
include "files";
include "files";
