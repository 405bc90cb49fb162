require ["ereject", "fileinto", "copy", "variables"];
set "x" "grün";
ereject "not ${x}";
