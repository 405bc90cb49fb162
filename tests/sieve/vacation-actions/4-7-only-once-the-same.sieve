require ["vacation", "variables", "fileinto"];
vacation "a";
vacation "a";
