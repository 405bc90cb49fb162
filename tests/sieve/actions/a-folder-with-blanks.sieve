require "fileinto";
fileinto "A B C";
