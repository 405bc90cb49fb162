/*
 * Pairs of a Sieve script and a message, made by chance from a seed: for two implementations that
 * must agree on what the one does with the other. The same seed and number make the same pair
 * everywhere.
 */
#ifndef TESTS_LIB_PAIRS_H
#define TESTS_LIB_PAIRS_H

#include "base/buf.h"
#include "base/envelope.h"

#include <stdbool.h>
#include <stdint.h>

enum pairs_dialect {
	/*
	 * What libsieve gets right: RFC 3028 in small letters, headers that are there, simple
	 * addresses, ASCII.
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
	bool includes;          /* there is something to be included */
	bool is_included;       /* it is, and includes nothing */
	bool is_one_of_several; /* of a delivery: another script is run as well */
	bool kept;              /* it has a keep */
	bool misses;            /* it includes what is not there */
	struct buf script, message;
	/*
	 * Scripts of the same delivery, which run in front of it and behind it; empty: there is
	 * none.
	 */
	struct buf before, after;
	/* What it may include as pair_included[i]. */
	struct buf included[PAIR_INCLUDED];
	struct envelope env;
};

extern const char *const pair_included[PAIR_INCLUDED];

/* Makes pair NUMBER of the seed. Start with { 0 }; the same pair may be made anew. */
void pair_make(struct pair *p, enum pairs_dialect dialect, unsigned long seed, size_t number);
void pair_free(struct pair *p);

#endif
