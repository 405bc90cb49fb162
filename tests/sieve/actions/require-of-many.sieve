require ["fileinto", "envelope", "encoded-character"];
keep;
