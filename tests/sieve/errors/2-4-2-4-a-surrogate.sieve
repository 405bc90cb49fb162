require ["encoded-character", "fileinto"];
fileinto "${unicode:d800}";
