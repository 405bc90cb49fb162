/* The keywords that mail programs know, and what is doubtful in a script that sets some. */
#ifndef FILTERS_SIEVE_KEYWORDS_H
#define FILTERS_SIEVE_KEYWORDS_H

#include "filters/sieve/check.h"

/*
 * Looks at the flags of an argument. SETS: the message has all of them then, and ALONE: no others.
 */
void keywords_check(struct check *c, const struct sv_given *flags, bool sets, bool alone);

#endif
