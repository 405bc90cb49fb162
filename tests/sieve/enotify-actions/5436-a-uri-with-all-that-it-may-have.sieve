require ["enotify", "fileinto", "variables", "envelope"];
notify "mailto:a@b.example,%22c%2Cd%22@e.example?subject=hi%20there&cc=f@g.example&body=line%0Aline&X-Odd=1&from=evil@x.example";
