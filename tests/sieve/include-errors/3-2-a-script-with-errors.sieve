require ["include", "fileinto", "variables"];
include "broken";
