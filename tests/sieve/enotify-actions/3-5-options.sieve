require ["enotify", "fileinto", "variables", "envelope"];
notify :options ["a=b", "c.d-e_f=g h"] "mailto:a@b.example";
