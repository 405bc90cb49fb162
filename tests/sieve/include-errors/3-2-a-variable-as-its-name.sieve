require ["include", "fileinto", "variables"];
set "x" "files";
include "${x}";
