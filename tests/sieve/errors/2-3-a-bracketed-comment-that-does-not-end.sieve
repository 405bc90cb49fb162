keep; /* never
ended
