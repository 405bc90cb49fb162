require ["redirect-dsn", "redirect-deliverby", "copy"];
redirect :bytimeabsolute "2026-12-01T10:00:00Z" :bymode "return" "o@b.example";
