require ["variables", "environment", "fileinto"];
fileinto "${env.location}";
