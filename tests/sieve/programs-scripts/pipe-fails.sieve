require ["vnd.dovecot.pipe", "editheader"];
addheader "X-Edited" "1";
pipe "fail";
