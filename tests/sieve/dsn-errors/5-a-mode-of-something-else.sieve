require ["redirect-dsn", "redirect-deliverby"];
redirect :bymode "wait" "o@b.example";
