require ["ereject", "fileinto", "copy", "variables"];
ereject "no";
keep;
