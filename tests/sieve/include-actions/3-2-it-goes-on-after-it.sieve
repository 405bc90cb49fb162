require ["include", "fileinto", "variables"];
include "files";
fileinto "Behind2";
