/* Binds the arguments and tags of one command or test. */
#ifndef FILTERS_SIEVE_CHECK_ARGS_H
#define FILTERS_SIEVE_CHECK_ARGS_H

#include "filters/sieve/check.h"
#include "filters/sieve/parse.h"

/* The word of NODE is known. False when something is wrong or missing. */
bool check_arguments(struct check *c, const struct parse_node *from, struct sv_node *node);

#endif
