keep;
