require ["replace", "fileinto"];
replace :subject "Replaced" :from "me@b.example" "All is gone.";
fileinto "R7";
