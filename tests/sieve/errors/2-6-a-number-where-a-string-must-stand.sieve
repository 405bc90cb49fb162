require "fileinto";
fileinto 12;
