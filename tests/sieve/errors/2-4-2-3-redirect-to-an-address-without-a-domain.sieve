redirect "a@";
