if false { discard; } elsif false { discard; }
