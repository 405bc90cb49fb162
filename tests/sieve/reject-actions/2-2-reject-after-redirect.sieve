require ["reject", "fileinto", "copy", "variables"];
redirect "o@b.example";
reject "no";
