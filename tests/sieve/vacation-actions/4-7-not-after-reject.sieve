require ["vacation", "variables", "fileinto", "reject"];
reject "b";
vacation "a";
