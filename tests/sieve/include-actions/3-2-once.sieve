require ["include", "fileinto", "variables"];
global "n";
include :once "once";
include :once "once";
fileinto "N/${n}";
