redirect "a@b.test, c@d.test";
