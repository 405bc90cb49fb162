require ["ereject", "fileinto", "copy", "variables"];
fileinto "A";
ereject "no";
