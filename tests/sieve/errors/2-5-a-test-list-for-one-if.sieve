if (true, true) { keep; }
