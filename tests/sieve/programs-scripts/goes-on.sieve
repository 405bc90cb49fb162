require ["vnd.dovecot.filter", "vnd.dovecot.execute", "fileinto"];
filter "missing";
execute "fail";
fileinto "After";
