# A message was flagged, perhaps with a keyword that acts: those of block_keywords and allow_keywords.
require ["vnd.dovecot.pipe", "copy", "imapsieve", "environment", "variables"];

if environment :contains "imap.changedflags" ["$Block", "$Allow"] {
	if environment :matches "imap.user" "*" {
		set "user" "${1}";
	}
	pipe :copy "mda-learn" ["act", "-d", "${user}"];
}
