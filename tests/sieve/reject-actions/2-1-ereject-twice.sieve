require ["ereject", "fileinto", "copy", "variables"];
ereject "no";
ereject "really";
