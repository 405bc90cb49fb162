/*
 * Pairs of a Sieve script and a message, made by chance from a seed: for two implementations that must agree on what the
 * one does with the other. The same seed and number make the same pair everywhere.
 */
#ifndef TESTS_LIB_PAIRS_H
#define TESTS_LIB_PAIRS_H

#include "mda/base/buf.h"
#include "mda/base/envelope.h"

#include <stdbool.h>
#include <stdint.h>

enum pairs_dialect {
	/* What libsieve gets right: RFC 3028 in small letters, headers that are there, simple addresses, ASCII. */
	PAIRS_PLAIN,
	/* All of RFC 5228, and extensions of it. */
	PAIRS_FULL,
};

struct pair {
	enum pairs_dialect dialect;
	uint64_t chance;
	unsigned redirects;
	bool answered, notified,
		edited;        /* it has a vacation, a notification, changes of the header */
	bool names_comparator; /* in the test that is being made */
	struct buf script, message;
	struct envelope env;
};

/* Makes pair NUMBER of the seed. Start with { 0 }; the same pair may be made anew. */
void pair_make(struct pair *p, enum pairs_dialect dialect, unsigned long seed, size_t number);
void pair_free(struct pair *p);

#endif
