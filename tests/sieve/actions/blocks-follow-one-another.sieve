require "fileinto";
if true { fileinto "A"; }
if true { fileinto "B"; }
