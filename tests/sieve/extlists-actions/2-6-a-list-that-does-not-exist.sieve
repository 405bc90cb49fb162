require "extlists";
redirect :list "nothing";
