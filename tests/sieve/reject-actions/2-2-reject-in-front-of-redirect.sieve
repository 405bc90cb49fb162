require ["reject", "fileinto", "copy", "variables"];
reject "no";
redirect "o@b.example";
