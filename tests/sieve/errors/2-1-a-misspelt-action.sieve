require "fileinto";
fileInt "A";
