require ["include", "fileinto", "variables"];
set "b" "mine";
set "global.a" "x";
include "shares";
fileinto "T/${b}/${global.b}";
