/*
 * What the checker's files share: check.c walks the tree, check_args.c binds the arguments of one
 * command.
 */
#ifndef FILTERS_SIEVE_CHECK_INSIDE_H
#define FILTERS_SIEVE_CHECK_INSIDE_H

#include "filters/sieve/check.h"
#include "filters/sieve/parse.h"

/*
 * Binds the arguments and tags of a command or test whose word is known. False when something is
 * wrong or missing.
 */
bool check_arguments(struct check *c, const struct parse_node *from, struct sv_node *node);

/* Reports that an extension must be required for WHAT. */
void check_missing(
	struct check *c, struct sv_place place, const struct sv_ext *ext, struct str what);

#endif
