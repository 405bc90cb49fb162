require "fileinto";
if false { keep; } else { fileinto "A"; }
