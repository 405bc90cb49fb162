if true { keep; } else true { keep; }
