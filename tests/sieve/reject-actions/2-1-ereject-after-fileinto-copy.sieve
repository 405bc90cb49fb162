require ["ereject", "fileinto", "copy", "variables"];
fileinto :copy "A";
ereject "no";
