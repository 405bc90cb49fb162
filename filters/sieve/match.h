/*
 * Matching values against keys (RFC 5228 section 2.7). A test starts a match, passes its values one
 * by one, and gets the result. The match type decides how a value matches a key.
 */
#ifndef FILTERS_SIEVE_MATCH_H
#define FILTERS_SIEVE_MATCH_H

#include "filters/sieve/ext.h"

/* A key that is ready for matching. */
struct match_key {
	struct str text, folded;
	const struct sv_comparator *comparator;
	const void *data; /* what the match type prepared */
	bool ready;
};

/*
 * Prepares K for the node's match type and comparator, and adds the work to *STEPS. False, with a
 * sentence in *WHY, when the key is not valid. For a valid key *WHY is NULL or a warning.
 */
bool match_prepare(struct match_key *k, struct str text, const struct sv_match_type *type,
	const struct sv_comparator *comparator, struct arena *mem, unsigned long long *steps,
	const char **why);

/* A match in progress. */
struct match {
	struct sv_run *run;
	const struct sv_node *node;
	struct match_key *keys;
	size_t key_count;
	size_t values;     /* how many were passed */
	struct str source; /* where the next values come from, for the trace */
	int result;        /* 1: a value matches; -1: the run failed */
};

/* Prepares the keys of NODE. 0, or -1 when the run failed. */
int match_start(struct match *m, struct sv_run *run, const struct sv_node *node);
/* Passes one value. True: the result is certain, and no more values are needed. */
bool match_value(struct match *m, struct sv_value *value);
bool match_text(struct match *m, struct str text);
/* Passes the part of an address that the node asks for, if the address has it. */
bool match_address(struct match *m, const struct address *a);
/* 1, 0, or -1 when the run failed. */
int match_end(struct match *m);

/*
 * Sets ${0} to WHOLE, a part of VALUE, and ${1} and so on to what is between each pair of PLACES in
 * VALUE (RFC 5229 section 3.2). Copies them.
 */
void match_capture(
	struct sv_run *run, struct str whole, struct str value, const size_t *places, size_t count);

/* The value folded by the node's comparator. */
struct sv_folded match_folded(struct match *m, struct sv_value *value);

#endif
