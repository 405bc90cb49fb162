/* Variables (RFC 5229), for the extensions that set or read them. */
#ifndef FILTERS_SIEVE_VARIABLES_H
#define FILTERS_SIEVE_VARIABLES_H

#include "filters/sieve/ext.h"

/*
 * What `set` and similar commands write to: a variable of the script, or of an extension's
 * namespace.
 */
struct variable;

/*
 * A modifier of `set`, the `data` of its tag. The one with the larger precedence is applied first
 * (section 4.1).
 */
struct variables_modifier {
	unsigned precedence;
	struct str (*apply)(struct str value, struct arena *mem);
};

/* The modifiers as tags of the commands that take them. */
extern const struct sv_tag variables_modifiers[];

/* At most MAX bytes of S, ending with a whole character. */
struct str variables_cut(struct str s, size_t max);

/* Does this script have variables? */
bool variables_are_active(const struct check *c);
/*
 * The variable named by the constant string NAME. NULL when no variable can have that name, which
 * is reported as an error.
 */
const struct variable *variables_bind(struct check *c, const struct sv_string *name);

/* Applies the modifiers among the node's tags (section 4.1). 0, or -1 by run_fail(). */
int variables_modify(struct sv_run *run, const struct sv_node *node, struct str *value);

/*
 * From here on the name means the variable that all scripts of a run share (RFC 6609 section 3.4).
 */
void variables_share(struct check *c, const struct sv_string *name);
/* Charges for looking up a variable. 0, or -1 by run_fail(). */
int variables_charge(struct sv_run *run);
struct str variables_get_shared(struct sv_run *run, struct str name);
int variables_set_shared(struct sv_run *run, struct str name, struct str value);

/* Empty when it was never set. A namespace's variable cannot be read here. */
struct str variables_get(struct sv_run *run, const struct variable *v);
/* A value that is too long is cut between characters (section 6). 0, or -1 by run_fail(). */
int variables_set(struct sv_run *run, const struct variable *v, struct str value);

#endif
