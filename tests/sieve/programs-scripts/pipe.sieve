require "vnd.dovecot.pipe";
pipe "cat" ["a", "b"];
