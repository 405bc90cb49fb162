require ["include", "fileinto", "variables"];
global ["a", "b"];
set "a" "hey";
include "shares";
fileinto "S/${b}";
