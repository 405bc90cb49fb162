require ["redirect-dsn", "redirect-deliverby", "copy"];
redirect :copy :notify "delay" :ret "hdrs" "o@b.example";
