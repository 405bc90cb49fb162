require ["enotify", "fileinto", "variables", "envelope", "fcc"];
notify :fcc "Sent" "mailto:a@b.example";
