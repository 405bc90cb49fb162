require "fileinto";
if false { fileinto "a"; }
