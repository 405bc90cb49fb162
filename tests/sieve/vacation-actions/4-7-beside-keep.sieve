require ["vacation", "variables", "fileinto"];
vacation "I am away";
keep;
