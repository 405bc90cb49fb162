require ["mailboxid", "fileinto"];
fileinto :mailboxid "F1" "Named2";
