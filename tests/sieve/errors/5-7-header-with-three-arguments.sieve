if header :is "subject" "x" "y" { keep; }
