keep :now;
