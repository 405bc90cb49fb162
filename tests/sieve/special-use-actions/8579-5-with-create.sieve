require ["special-use", "fileinto", "mailbox"];
fileinto :create :specialuse "\\Sent" "Made";
