redirect "x@outside.test";
