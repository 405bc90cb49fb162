/* The rule engines that a script can be run by. */
#ifndef FILTERS_ENGINES_H
#define FILTERS_ENGINES_H

#include "filters/sieve/engine.h"

/* The engine of that name, or NULL. */
const struct sv_engine *engines_find(struct str name);

/* The names, for error messages: engines_name(0), ... up to NULL. */
const char *engines_name(size_t i);

#endif
