require ["reject", "fileinto", "copy", "variables"];
reject text:
no
..thanks
.
;
