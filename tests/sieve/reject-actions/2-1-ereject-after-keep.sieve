require ["ereject", "fileinto", "copy", "variables"];
keep;
ereject "no";
