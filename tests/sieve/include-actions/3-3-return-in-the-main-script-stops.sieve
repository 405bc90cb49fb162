require ["include", "fileinto", "variables"];
return;
fileinto "No";
