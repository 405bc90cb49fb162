require ["vacation", "variables", "fileinto"];
vacation :days 23 "I am away";
