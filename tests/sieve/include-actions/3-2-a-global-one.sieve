require ["include", "fileinto", "variables"];
include :global "files";
