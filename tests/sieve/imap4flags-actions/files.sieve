require "fileinto";
fileinto "Files";
