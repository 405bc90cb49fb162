require ["include", "fileinto", "variables"];
include "circle";
