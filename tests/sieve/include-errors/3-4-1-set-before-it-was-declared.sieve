require ["include", "fileinto", "variables"];
set "a" "1";
global "a";
