require ["replace", "fileinto", "copy"];
fileinto :copy "R6";
replace "All is gone.";
