require ["include", "fileinto", "variables"];
set "a" "outer";
include "private";
fileinto "P/${a}";
