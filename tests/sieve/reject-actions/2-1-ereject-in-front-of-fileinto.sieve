require ["ereject", "fileinto", "copy", "variables"];
ereject "no";
fileinto "A";
