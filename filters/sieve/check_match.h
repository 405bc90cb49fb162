/* How a test compares values with keys, once its arguments and tags are bound. */
#ifndef FILTERS_SIEVE_CHECK_MATCH_H
#define FILTERS_SIEVE_CHECK_MATCH_H

#include "filters/sieve/check.h"

/*
 * Adds the default match type and comparator, checks that the two go together, and prepares
 * constant keys for all runs. False when something is wrong.
 */
bool check_match(struct check *c, struct sv_node *node);

#endif
