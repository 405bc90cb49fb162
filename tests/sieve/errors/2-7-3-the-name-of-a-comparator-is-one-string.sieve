if header :comparator ["i;octet"] :is "subject" "x" { keep; }
