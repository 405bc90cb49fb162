require ["vacation", "variables", "fileinto"];
vacation :subject "Out" :from "Me <me@example.com>" "I am away";
