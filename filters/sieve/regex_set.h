/* A set of characters: brackets and \w, \s, \d in a regular expression. */
#ifndef FILTERS_SIEVE_REGEX_SET_H
#define FILTERS_SIEVE_REGEX_SET_H

#include "base/arena.h"

#include <stdint.h>

struct regex_range {
	uint32_t from, to;
};

struct regex_set {
	uint64_t ascii[2]; /* one bit for each */
	struct regex_range
		*ranges; /* beyond ASCII; once closed, they are in order and do not overlap */
	size_t range_count;
	unsigned classes; /* beyond ASCII, one bit for each (regex_class.h) */
	bool negated;
};

void regex_set_add(struct regex_set *s, uint32_t from, uint32_t to, struct arena *mem);
/* Adds a POSIX class such as "alpha". False: there is no such class. */
bool regex_set_add_class(struct regex_set *s, struct str name);
/* Completes the set; nothing may be added after that. */
void regex_set_close(struct regex_set *s, bool ignore_case, bool negated);
bool regex_set_has(const struct regex_set *s, uint32_t c);

/*
 * Takes the set in brackets at the front of *REST. False with a sentence in *WHY when it is broken.
 */
bool regex_set_parse(struct regex_set *s, struct str *rest, bool ignore_case, struct arena *mem,
	const char **why);

#endif
