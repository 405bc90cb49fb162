require "editheader"; addheader "A:" "b";
