require ["ereject", "fileinto", "copy", "variables"];
ereject "I do not take this";
