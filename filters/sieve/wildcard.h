/*
 * The patterns of :matches (RFC 5228 section 2.7.1). Without `?` a match is linear; with it, pattern times text at worst.
 * No recursion, nothing exponential.
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

/* Bytes that a match may have to look at. */
unsigned long long wildcard_cost(const struct wildcard *w, size_t value);

/*
 * Does the pattern fit all of TEXT? Each `*` takes as little as possible, from the left. ENDS, unless NULL, gets for
 * each wildcard where in the text what it took starts and ends; it has room for 2 * w->wildcards places.
 */
bool wildcard_match(const struct wildcard *w, const struct sv_folded *text, size_t *places);

#endif
