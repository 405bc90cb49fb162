require ["variables", "vnd.dovecot.environment"];
set "env.location" "x";
