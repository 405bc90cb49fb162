require "variables";
set :upper :upper "a" "b";
