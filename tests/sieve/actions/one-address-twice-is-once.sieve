redirect "x@outside.test"; redirect "x@outside.test";
