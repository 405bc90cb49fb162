require ["vacation", "variables", "fileinto"];
vacation "a";
vacation "b";
