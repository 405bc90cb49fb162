if true true { keep; }
