require ["redirect-dsn", "redirect-deliverby", "copy"];
redirect :notify "NEVER" "o@b.example";
