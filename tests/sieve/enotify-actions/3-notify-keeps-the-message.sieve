require ["enotify", "fileinto", "variables", "envelope"];
notify "mailto:a@b.example";
