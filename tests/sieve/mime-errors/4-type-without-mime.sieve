require "mime"; if header :type "a" "b" { keep; }
