require "fileinto";
fileinto :specialuse "\\Junk" "A";
