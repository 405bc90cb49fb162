require ["redirect-dsn", "redirect-deliverby"];
redirect :bytimerelative 1 :bytimeabsolute "x" "o@b.example";
