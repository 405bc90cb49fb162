require "ihave";
error "it cannot go on";
