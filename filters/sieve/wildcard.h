/*
 * The patterns of :matches (RFC 5228 section 2.7.1). Without `?` a match is linear; with it,
 * pattern times text at worst, which is counted. No recursion, nothing exponential.
 */
#ifndef FILTERS_SIEVE_WILDCARD_H
#define FILTERS_SIEVE_WILDCARD_H

#include "filters/sieve/ext.h"

/* What stands between two `*`. */
struct wildcard_segment {
	struct str text;
	const bool *any; /* by byte of the text: a `?` stands there; NULL: nowhere */
};

struct wildcard {
	struct wildcard_segment *segments; /* one more than there are `*` */
	size_t count;
	size_t wildcards; /* `*` and `?` */
	bool has_any;
};

/* PATTERN, folded, to its segments. A backslash takes the meaning off what follows it. */
struct wildcard *wildcard_parse(struct str pattern, struct arena *mem);

/*
 * Does the pattern fit all of TEXT? Each `*` takes as little as possible, from the left. ENDS,
 * unless NULL, gets for each wildcard where in the text what it took starts and ends; it has room
 * for 2 * w->wildcards places. 1, 0, or -1 when it takes more than *STEPS, which then gets what it
 * took: bytes that were compared.
 */
int wildcard_match(const struct wildcard *w, const struct sv_folded *text, size_t *places,
	unsigned long long *steps);

#endif
