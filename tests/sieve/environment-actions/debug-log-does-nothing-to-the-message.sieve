require ["vnd.dovecot.debug", "variables"];
set "x" "y";
debug_log "it is ${x}";
