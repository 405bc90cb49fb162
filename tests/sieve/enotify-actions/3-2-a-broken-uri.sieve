require ["enotify", "fileinto", "variables", "envelope"];
notify "mailto:%zz";
