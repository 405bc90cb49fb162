if false { stop; }
discard;
