require "vnd.dovecot.report";
report "abuse" "x";
report "?" "x" "abuse@c.example";
report "abuse" "x" "nobody";
report :frop "abuse" "x" "abuse@c.example";
report "abuse" "x" 1;
report "abuse" "x" "abuse@c.example";
