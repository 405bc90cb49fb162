/* "Did you mean ...?" */
#ifndef MDA_BASE_SUGGEST_H
#define MDA_BASE_SUGGEST_H

#include "mda/base/str.h"

/* Keeps the nearest name seen so far. Start with { .word = ... }. */
struct suggest {
	struct str word;
	const char *best;
	unsigned distance;
};

void suggest_consider(struct suggest *s, const char *name);
/* The nearest name, or NULL when none is near enough to be a slip of the hand. */
const char *suggest_best(const struct suggest *s);

#endif
