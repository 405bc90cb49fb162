/* A set of characters: what brackets and \w, \s, \d of a regular expression stand for. */
#ifndef FILTERS_SIEVE_REGEX_SET_H
#define FILTERS_SIEVE_REGEX_SET_H

#include "base/arena.h"

#include <stdint.h>

struct regex_range {
	uint32_t from, to;
};

struct regex_set {
	uint64_t ascii[2]; /* a bit each */
	struct regex_range
		*ranges; /* of what is not ASCII; once closed they ascend and are apart */
	size_t range_count;
	unsigned classes; /* of what is not ASCII, a bit each (regex_class.h) */
	bool negated;
};

void regex_set_add(struct regex_set *s, uint32_t from, uint32_t to, struct arena *mem);
/* A class of POSIX such as "alpha". False: there is no such class. */
bool regex_set_add_class(struct regex_set *s, struct str name);
/* Nothing is added any more. */
void regex_set_close(struct regex_set *s, bool ignore_case, bool negated);
bool regex_set_has(const struct regex_set *s, uint32_t c);

/*
 * The set that stands in brackets at the front of *REST, and takes it off. False with a sentence in
 * *WHY when it is broken.
 */
bool regex_set_parse(struct regex_set *s, struct str *rest, bool ignore_case, struct arena *mem,
	const char **why);

#endif
