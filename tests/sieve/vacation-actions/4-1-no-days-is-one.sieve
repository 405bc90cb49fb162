require ["vacation", "variables", "fileinto"];
vacation :days 0 "I am away";
