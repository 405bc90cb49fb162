/* What stands in a regular expression, before a library gets it. */
#ifndef FILTERS_SIEVE_REGEX_SYNTAX_H
#define FILTERS_SIEVE_REGEX_SYNTAX_H

#include "mda/base/arena.h"

struct regex_shape {
	size_t groups;
	/* single characters that it stands for when all counts are written out: a{3} has three */
	unsigned long long size;
};

/* False with a sentence in *WHY (from MEM or constant) when it is no extended regular expression or too large. */
bool regex_syntax(
	struct str pattern, struct regex_shape *shape, struct arena *mem, const char **why);

#endif
