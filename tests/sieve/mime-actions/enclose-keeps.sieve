require ["enclose", "fileinto"];
enclose :subject "S" :headers ["X-Keep"] "In front.";
fileinto "E7";
