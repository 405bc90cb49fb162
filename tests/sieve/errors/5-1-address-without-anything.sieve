if address { keep; }
