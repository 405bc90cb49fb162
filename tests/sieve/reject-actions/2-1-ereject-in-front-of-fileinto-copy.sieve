require ["ereject", "fileinto", "copy", "variables"];
ereject "no";
fileinto :copy "A";
