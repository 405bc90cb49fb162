require ["enclose", "fileinto"];
enclose :subject "Warning" "Careful with this.";
fileinto "E1";
