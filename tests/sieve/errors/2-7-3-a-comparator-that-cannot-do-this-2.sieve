require "comparator-i;ascii-numeric";
if header :comparator "i;ascii-numeric" :matches "x-n" "1*" { keep; }
