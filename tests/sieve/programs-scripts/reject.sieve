require ["vnd.dovecot.pipe", "reject"];
pipe "cat";
reject "no";
