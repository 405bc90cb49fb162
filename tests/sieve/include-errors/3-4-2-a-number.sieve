require ["include", "fileinto", "variables"];
set "global.12" "x";
