require ["redirect-dsn", "redirect-deliverby"];
redirect :notify "never,success" "o@b.example";
