# A global script as mailcow has it, which runs before every user's own. Spam goes to Junk; mail for ann+shop goes to a
# folder of that name when the user wants that (X-Moo-Tag), which is made when there is none.
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
