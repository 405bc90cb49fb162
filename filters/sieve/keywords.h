/* The keywords that mail programs know, and warnings about scripts that set some. */
#ifndef FILTERS_SIEVE_KEYWORDS_H
#define FILTERS_SIEVE_KEYWORDS_H

#include "filters/sieve/check.h"

/* Checks the flags of an argument. SETS: the message then has all of them; ALONE: and no others. */
void keywords_check(struct check *c, const struct sv_given *flags, bool sets, bool alone);

#endif
