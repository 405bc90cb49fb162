redirect "-oQ@example.org";
redirect "ann@example.org";
