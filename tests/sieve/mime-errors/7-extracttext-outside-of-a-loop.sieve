require ["extracttext", "variables", "foreverypart"]; extracttext "a";
