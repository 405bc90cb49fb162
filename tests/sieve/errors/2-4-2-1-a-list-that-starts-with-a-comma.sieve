if header :is [, "b"] "x" { keep; }
