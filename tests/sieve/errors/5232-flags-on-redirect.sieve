require "imap4flags";
redirect :flags "a" "a@b.c";
