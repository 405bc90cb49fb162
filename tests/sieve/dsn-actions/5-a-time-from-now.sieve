require ["redirect-dsn", "redirect-deliverby", "copy"];
redirect :bytimerelative 600 :bymode "notify" :bytrace "o@b.example";
