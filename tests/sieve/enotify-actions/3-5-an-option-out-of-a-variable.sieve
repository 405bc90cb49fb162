require ["enotify", "fileinto", "variables", "envelope"];
set "i" "9";
notify :options "${i}" "mailto:a@b.example";
