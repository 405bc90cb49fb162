require ["enotify", "fileinto", "variables", "envelope"];
notify "tel:+14085551212";
