require ["reject", "fileinto", "copy", "variables"];
set "x" "grün";
reject "not ${x}";
