require ["ihave", "variables"];
set "x" "out";
error "it is ${x}";
