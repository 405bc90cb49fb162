redirect "x@outside.test"; redirect "y@outside.test";
