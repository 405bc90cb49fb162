require ["redirect-dsn", "redirect-deliverby", "copy"];
redirect :ret "FULL" "o@b.example";
