/*
 * Random pairs of a Sieve script and a message, to compare two implementations. The same seed and
 * number give the same pair everywhere.
 */
#ifndef TESTS_LIB_PAIRS_H
#define TESTS_LIB_PAIRS_H

#include "base/buf.h"
#include "base/envelope.h"

#include <stdbool.h>
#include <stdint.h>

enum pairs_dialect {
	/*
	 * What libsieve does correctly: RFC 3028 in lower case, existing headers, simple addresses,
	 * ASCII.
	 */
	PAIRS_PLAIN,
	/* All of RFC 5228, and extensions of it. */
	PAIRS_FULL,
};

enum { PAIR_INCLUDED = 2 };

struct pair {
	enum pairs_dialect dialect;
	uint64_t chance;
	unsigned redirects;
	bool answered, notified,
		edited;         /* it has a vacation, a notification, changes of the header */
	bool names_comparator;  /* in the test that is being made */
	bool includes;          /* there is a script to include */
	bool is_included;       /* it is included itself and includes nothing */
	bool is_one_of_several; /* for a delivery: another script is run too */
	bool kept;              /* it has a keep */
	bool misses;            /* it includes a script that does not exist */
	struct buf script, message;
	/* Scripts of the same delivery that run before and after it; empty: none. */
	struct buf before, after;
	/* What it may include under the name pair_included[i]. */
	struct buf included[PAIR_INCLUDED];
	struct envelope env;
};

extern const char *const pair_included[PAIR_INCLUDED];

/* Makes pair NUMBER of the seed. Start with { 0 }; P may be used again. */
void pair_make(struct pair *p, enum pairs_dialect dialect, unsigned long seed, size_t number);
void pair_free(struct pair *p);

#endif
