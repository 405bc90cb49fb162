require ["redirect-dsn", "redirect-deliverby", "copy"];
redirect :notify "success,failure" "o@b.example";
