require "imap4flags";
setflag ["\\Seen", "work"];
