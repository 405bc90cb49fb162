require ["ereject", "fileinto", "copy", "variables"];
ereject "no";
redirect "o@b.example";
