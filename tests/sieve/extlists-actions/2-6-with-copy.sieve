require ["extlists", "copy"];
redirect :copy :list "friends";
