# A message was put into a folder that acts.
require ["vnd.dovecot.pipe", "copy", "imapsieve", "environment", "variables"];

if environment :matches "imap.user" "*" {
	set "user" "${1}";
}
pipe :copy "mda-learn" ["act", "-d", "${user}"];
