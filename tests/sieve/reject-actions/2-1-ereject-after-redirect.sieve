require ["ereject", "fileinto", "copy", "variables"];
redirect "o@b.example";
ereject "no";
