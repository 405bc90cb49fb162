require ["redirect-dsn", "redirect-deliverby"];
redirect :ret "half" "o@b.example";
