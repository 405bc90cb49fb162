require ["include", "fileinto", "variables"];
include "a	b";
