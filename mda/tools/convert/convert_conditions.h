/* The conditions of one of procmail's recipes, as a test. */
#ifndef MDA_TOOLS_CONVERT_CONVERT_CONDITIONS_H
#define MDA_TOOLS_CONVERT_CONVERT_CONDITIONS_H

#include "mda/tools/convert/convert.h"

enum { CONVERT_CONDITIONS = 64 }; /* of a recipe */

/*
 * All CONDITIONS together, each without its asterisk, in a recipe with these flags. *TEST is empty
 * if there is none. c->match is the group that is $MATCH then, or 0. False after convert_fail().
 */
bool convert_conditions(struct convert *c, struct str flags, const struct str *conditions,
	size_t count, struct str *test);

#endif
