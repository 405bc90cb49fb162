require ["enotify", "fileinto", "variables", "envelope"];
set "i" "9";
notify :importance "${i}" "mailto:a@b.example";
