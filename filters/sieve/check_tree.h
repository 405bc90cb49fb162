/*
 * Compiling a script: binds its syntax tree to the definitions of ext.h. Finds out which command is
 * meant and what it requires, and checks its arguments, tests and block.
 */
#ifndef FILTERS_SIEVE_CHECK_TREE_H
#define FILTERS_SIEVE_CHECK_TREE_H

#include "filters/sieve/check.h"

/*
 * Compiles the script into MEM. NULL when it has errors, with at least one in *ERRORS. PARENT is
 * the script that includes it, as INCLUDED_AS; or NULL.
 */
struct sv_script *check_script(const struct sv_source *from, const struct sv_host *host,
	const struct check *parent, struct str included_as, struct arena *mem,
	struct sv_errors *errors);

#endif
