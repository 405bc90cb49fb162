if not "x" { keep; }
