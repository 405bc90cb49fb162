require ["vacation", "variables", "fileinto"];
vacation "I am away";
redirect "o@b.example";
