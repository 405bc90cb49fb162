require "imap4flags";
addflag "name" "a";
