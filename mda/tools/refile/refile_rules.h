/* The rules of a script, of which people want to know whether they ever match. */
#ifndef MDA_TOOLS_REFILE_REFILE_RULES_H
#define MDA_TOOLS_REFILE_REFILE_RULES_H

#include "filters/sieve/engine.h"
#include "mda/tools/refile/refile.h"

/*
 * Adds each `if` and `elsif` of the script, which the builtin engine has compiled, at the place of
 * its test. Those of included scripts are not known. NULL adds none.
 */
void refile_rules_of(const struct sv_script *script, struct arena *mem, struct refile_rule **rules,
	size_t *count);

#endif
