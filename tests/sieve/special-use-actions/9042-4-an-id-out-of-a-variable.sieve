require ["mailboxid", "fileinto", "variables"];
set "x" "F4352";
fileinto :mailboxid "${x}" "Other3";
