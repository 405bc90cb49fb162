if false true { keep; }
