# A global script like that of mailcow, which runs before every user's own. Spam goes to Junk. If
# the user wants it (X-Moo-Tag), mail for ann+shop goes to a folder of that name, which is made.
require "fileinto";
require "mailbox";
require "variables";
require "subaddress";
require "envelope";
require "duplicate";
require "imap4flags";

if header :contains "X-Spam-Flag" "YES" {
  fileinto :create "Junk";
  stop;
}

if allof (
  envelope :detail :matches "to" "*",
  header :contains "X-Moo-Tag" "YES"
  ) {
  set :lower :upperfirst "tag" "${1}";
  if mailboxexists "INBOX/${1}" {
    fileinto "INBOX/${1}";
  } else {
    fileinto :create "INBOX/${tag}";
  }
  stop;
}
