/*
 * Matching of values with keys (RFC 5228 section 2.7). A test starts a match, hands over its values
 * one by one, and gets the result; how a value fits a key is the match type's.
 */
#ifndef FILTERS_SIEVE_MATCH_H
#define FILTERS_SIEVE_MATCH_H

#include "filters/sieve/ext.h"

/* A key, ready to be matched with. */
struct match_key {
	struct str text, folded;
	const struct sv_comparator *comparator;
	const void *data; /* what the match type made of it */
	bool ready;
};

/*
 * Makes K ready for the node's match type and comparator, and adds the work of it to *STEPS. False,
 * with a sentence in *WHY, when it is no valid key. *WHY is NULL when there is nothing to say.
 */
bool match_prepare(struct match_key *k, struct str text, const struct sv_match_type *type,
	const struct sv_comparator *comparator, struct arena *mem, unsigned long long *steps,
	const char **why);

/* A match under way. */
struct match {
	struct sv_run *run;
	const struct sv_node *node;
	struct match_key *keys;
	size_t key_count;
	size_t values;     /* that were handed over */
	struct str source; /* where the next values come from, for the trace */
	int result;        /* 1: a value fits; -1: failed */
};

/* Makes the keys of NODE ready. 0, or -1 when the run failed. */
int match_start(struct match *m, struct sv_run *run, const struct sv_node *node);
/* One value. True: the result stands, and no more are needed. */
bool match_value(struct match *m, struct sv_value *value);
bool match_text(struct match *m, struct str text);
/* The part of an address that the node asks for, if it has one. */
bool match_address(struct match *m, const struct address *a);
/* 1, 0, or -1 when the run failed. */
int match_end(struct match *m);

/*
 * ${0} is WHOLE, a part of VALUE; ${1} and so on what is between each pair of PLACES in it (RFC
 * 5229 section 3.2). Copies.
 */
void match_capture(
	struct sv_run *run, struct str whole, struct str value, const size_t *places, size_t count);

/* The folded form of a value under the node's comparator. */
struct sv_folded match_folded(struct match *m, struct sv_value *value);

#endif
