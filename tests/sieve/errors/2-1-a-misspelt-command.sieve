reject_it;
keep;
