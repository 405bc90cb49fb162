require ["include", "fileinto", "variables"];
include "returns";
fileinto "After";
