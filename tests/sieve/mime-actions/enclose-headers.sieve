require ["enclose", "fileinto"];
enclose :headers ["From", "To"] "Careful.";
fileinto "E2";
