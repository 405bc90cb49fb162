require "editheader"; addheader "" "b";
