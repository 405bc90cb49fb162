redirect "x@outside.test"; discard;
