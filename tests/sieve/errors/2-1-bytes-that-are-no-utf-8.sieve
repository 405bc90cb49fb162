keep; # ok
if header :is "subject" "ÿ" { keep; }
