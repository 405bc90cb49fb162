require "fileInto2";
keep;
