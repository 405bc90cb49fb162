require ["include", "fileinto", "variables"];
include "stops";
fileinto "No";
