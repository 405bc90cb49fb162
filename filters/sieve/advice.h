/* The words of other filter tools, for people who use them in a Sieve script. */
#ifndef FILTERS_SIEVE_ADVICE_H
#define FILTERS_SIEVE_ADVICE_H

#include "filters/sieve/ext.h"

/* How to write in Sieve what that command or test means; NULL: unknown. */
const char *advice_word(struct str name, enum sv_role role);
/* The same for a tag, without its colon. */
const char *advice_tag(struct str name);
/* Why this extension is left out on purpose; NULL: it is simply unknown. */
const char *advice_refused(struct str name);

#endif
