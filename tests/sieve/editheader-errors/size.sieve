require "editheader"; addheader "X-A" "12345678901";
