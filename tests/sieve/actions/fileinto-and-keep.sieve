require "fileinto";
fileinto "Folder"; keep;
