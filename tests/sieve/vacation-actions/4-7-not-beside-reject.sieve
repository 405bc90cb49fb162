require ["vacation", "variables", "fileinto", "reject"];
vacation "a";
reject "b";
