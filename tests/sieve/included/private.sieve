require "variables";
set "a" "inner";
