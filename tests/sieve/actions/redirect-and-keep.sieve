redirect "x@outside.test"; keep;
