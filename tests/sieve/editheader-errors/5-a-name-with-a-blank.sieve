require "editheader"; deleteheader "A b";
