require ["ereject", "fileinto", "copy", "variables"];
ereject;
