if true { keep; }
stop;
else { keep; }
