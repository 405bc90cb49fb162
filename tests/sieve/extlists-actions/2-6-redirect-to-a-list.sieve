require "extlists";
redirect :list "friends";
