require "editheader"; deleteheader :index 0 "A";
