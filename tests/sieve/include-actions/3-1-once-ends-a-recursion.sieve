require ["include", "fileinto", "variables"];
global "n";
include "once";
fileinto "M/${n}";
