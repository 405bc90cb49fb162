require ["enotify", "fileinto", "variables", "envelope", "reject"];
notify "mailto:a@b.example";
reject "no";
