require ["redirect-dsn", "redirect-deliverby"];
redirect :notify "always" "o@b.example";
