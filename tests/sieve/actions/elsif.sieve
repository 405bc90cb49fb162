require "fileinto";
if false { keep; } elsif true { fileinto "A"; } else { discard; }
