require "imap4flags";
removeflag "\\Seen";
