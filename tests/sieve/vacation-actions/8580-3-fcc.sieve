require ["vacation", "variables", "fileinto", "fcc", "imap4flags", "mailbox"];
vacation :fcc "Sent" :flags "\\Seen" :create "I am away";
