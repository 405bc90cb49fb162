if header :localpart :is "from" "x" { keep; }
