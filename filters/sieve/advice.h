/* What other tools call things, for those who write their words into a script. */
#ifndef FILTERS_SIEVE_ADVICE_H
#define FILTERS_SIEVE_ADVICE_H

#include "filters/sieve/ext.h"

/* How Sieve says what the command or test is meant to; NULL: nobody knows. */
const char *advice_word(struct str name, enum sv_role role);
/* The same for a tag, without its colon. */
const char *advice_tag(struct str name);
/* Why there is no such extension, on purpose; NULL: it is just unknown. */
const char *advice_refused(struct str name);

#endif
