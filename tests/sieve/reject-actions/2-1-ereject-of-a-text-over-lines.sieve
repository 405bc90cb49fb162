require ["ereject", "fileinto", "copy", "variables"];
ereject text:
no
..thanks
.
;
