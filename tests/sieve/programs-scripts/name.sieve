require ["vnd.dovecot.pipe", "vnd.dovecot.filter", "vnd.dovecot.execute"];
pipe "../cat";
filter "";
execute "a/b";
