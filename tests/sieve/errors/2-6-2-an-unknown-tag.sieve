if header :iz "subject" "x" { keep; }
