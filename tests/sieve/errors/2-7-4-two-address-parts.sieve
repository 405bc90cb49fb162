if address :localpart :domain :is "from" "x" { keep; }
