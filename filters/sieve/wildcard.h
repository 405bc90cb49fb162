/*
 * The patterns of :matches (RFC 5228 section 2.7.1). Without `?` a match takes linear time; with
 * it, at worst pattern times text, and steps are counted. There is no recursion, and nothing is
 * exponential.
 */
#ifndef FILTERS_SIEVE_WILDCARD_H
#define FILTERS_SIEVE_WILDCARD_H

#include "filters/sieve/ext.h"

/* What is between two `*`. */
struct wildcard_segment {
	struct str text;
	const bool *any; /* for each byte of the text: it is a `?`; NULL: none is */
};

struct wildcard {
	struct wildcard_segment *segments; /* one more than the number of `*` */
	size_t count;
	size_t wildcards; /* the number of `*` and `?` */
	bool has_any;
};

/*
 * Splits PATTERN, which is folded, into segments. What follows a backslash has no special meaning.
 */
struct wildcard *wildcard_parse(struct str pattern, struct arena *mem);

/*
 * Does the pattern match all of TEXT? Each `*` takes as little as possible, from the left. PLACES,
 * unless NULL, gets where in the text each wildcard's part starts and ends; it has room for 2 *
 * w->wildcards. 1, 0, or -1 when it takes more than *STEPS, which is then set to the steps taken:
 * bytes that were compared.
 */
int wildcard_match(const struct wildcard *w, const struct sv_folded *text, size_t *places,
	unsigned long long *steps);

#endif
