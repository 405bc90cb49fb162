if header :is ["b", 1] "x" { keep; }
