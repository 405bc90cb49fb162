require ["include", "fileinto", "variables"];
include :optional "nothing";
fileinto "Went on";
