require ["imap4flags", "editheader"];
addflag "$one";
addheader "X-One" "1";
