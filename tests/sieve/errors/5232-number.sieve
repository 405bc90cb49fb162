require "imap4flags";
addflag 5;
