if allof (true, false) { keep; } else { discard; }
