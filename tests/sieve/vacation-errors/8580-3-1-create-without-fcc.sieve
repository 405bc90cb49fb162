require ["vacation", "fcc", "mailbox"];
vacation :create "b";
