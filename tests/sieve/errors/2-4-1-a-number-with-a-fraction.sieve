if size :over 1.5 { keep; }
