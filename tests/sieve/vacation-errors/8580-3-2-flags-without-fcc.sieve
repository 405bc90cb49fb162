require ["vacation", "fcc", "imap4flags"];
vacation :flags "a" "b";
