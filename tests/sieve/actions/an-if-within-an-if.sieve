if true { if false { keep; } else { discard; } }
