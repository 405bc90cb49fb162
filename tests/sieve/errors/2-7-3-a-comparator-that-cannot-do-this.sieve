require "comparator-i;ascii-numeric";
if header :comparator "i;ascii-numeric" :contains "x-n" "1" { keep; }
