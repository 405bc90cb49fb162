require "fileinto";
if false { keep; } elsif false { keep; } elsif false { keep; } elsif true { fileinto "A"; } else { keep; }
