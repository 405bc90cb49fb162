# A message was moved out of Junk. If it went to the Trash, nothing is learned from it.
require ["vnd.dovecot.pipe", "copy", "imapsieve", "environment", "variables"];

if environment :is "imap.mailbox" ["Trash", "Deleted Messages"] {
	stop;
}
if environment :matches "imap.user" "*" {
	set "user" "${1}";
}
pipe :copy "mda-learn" ["ham", "-d", "${user}"];
