require ["enotify", "fileinto", "variables", "envelope"];
notify "${x}";
