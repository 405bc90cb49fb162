require "fileinto";
require "envelope";
fileinto "A";
