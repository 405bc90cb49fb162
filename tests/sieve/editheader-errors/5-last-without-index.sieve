require "editheader"; deleteheader :last "A";
