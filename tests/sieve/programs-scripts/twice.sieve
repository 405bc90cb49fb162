require "vnd.dovecot.pipe";
pipe "cat";
pipe "cat" "again";
