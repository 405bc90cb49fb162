require ["variables", "imap4flags"];
setflag "1" "a";
