/* "Did you mean ...?" */
#ifndef BASE_SUGGEST_H
#define BASE_SUGGEST_H

#include "base/str.h"

enum { SUGGEST_MOST = 3 };

/* Keeps the nearest names seen so far. Start with { .word = ... }. */
struct suggest {
	struct str word;
	const char *near[SUGGEST_MOST]; /* the nearest first; NULL: there were fewer */
	unsigned distances[SUGGEST_MOST];
};

void suggest_consider(struct suggest *s, const char *name);
/* The nearest name, or NULL when none is near enough to be a typing error. */
const char *suggest_best(const struct suggest *s);

#endif
