require ["vnd.dovecot.report", "variables"];
set "to" "nobody";
report "abuse" "x" "${to}";
