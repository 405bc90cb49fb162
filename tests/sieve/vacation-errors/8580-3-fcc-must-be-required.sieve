require "vacation";
vacation :fcc "Sent" "a";
