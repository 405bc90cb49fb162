require ["include", "fileinto", "variables"];
set "global.data.from" "x";
