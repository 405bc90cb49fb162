require ["ereject", "fileinto", "copy", "variables"];
discard;
ereject "no";
