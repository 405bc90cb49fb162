/* The engine "builtin": all of RFC 5228 and the extensions of ext_table.c. */
#ifndef FILTERS_SIEVE_BUILTIN_H
#define FILTERS_SIEVE_BUILTIN_H

#include "filters/sieve/engine.h"

extern const struct sv_engine builtin_engine;

#endif
