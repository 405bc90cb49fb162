redirect :notify "never" "o@b.example";
