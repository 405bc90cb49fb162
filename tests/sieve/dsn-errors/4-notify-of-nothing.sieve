require ["redirect-dsn", "redirect-deliverby"];
redirect :notify "" "o@b.example";
