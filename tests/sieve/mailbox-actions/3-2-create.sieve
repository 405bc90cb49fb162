require ["mailbox", "fileinto"];
fileinto :create "Fresh";
