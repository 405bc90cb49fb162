:keep;
