require "comparator-i;none";
keep;
