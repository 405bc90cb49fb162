require ["include", "fileinto", "variables"];
fileinto "E${global.nothing}";
