require "fileinto";
if true { fileinto "A"; } elsif true { discard; } else { keep; }
