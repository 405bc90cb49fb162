require ["extracttext", "foreverypart"]; foreverypart { extracttext "a"; }
