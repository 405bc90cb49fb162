if size :over 1KK { keep; }
