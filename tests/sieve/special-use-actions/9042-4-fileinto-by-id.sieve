require ["mailboxid", "fileinto"];
fileinto :mailboxid "F4352" "Other2";
