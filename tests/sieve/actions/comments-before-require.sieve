# first
/* second */ require "fileinto";
fileinto "A";
