require "fileinto";
fileinto "Grüße";
