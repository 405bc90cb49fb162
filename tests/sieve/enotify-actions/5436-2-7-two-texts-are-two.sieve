require ["enotify", "fileinto", "variables", "envelope"];
notify :message "a" "mailto:a@b.example";
notify :message "b" "mailto:a@b.example";
