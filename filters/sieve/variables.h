/* Variables (RFC 5229), for the extensions that set or read them too. */
#ifndef FILTERS_SIEVE_VARIABLES_H
#define FILTERS_SIEVE_VARIABLES_H

#include "filters/sieve/ext.h"

/*
 * What `set` and its like can write to: a variable of the script, or one of an extension's
 * namespace.
 */
struct variable;

/*
 * What a modifier of `set` does, as the `data` of its tag: the larger precedence comes first
 * (section 4.1).
 */
struct variables_modifier {
	unsigned precedence;
	struct str (*apply)(struct str value, struct arena *mem);
};

/* As tags of the commands that take them. */
extern const struct sv_tag variables_modifiers[];

/* At most MAX bytes, and no half character at the end. */
struct str variables_cut(struct str s, size_t max);

/* Does this script have variables? */
bool variables_are_active(const struct check *c);
/*
 * The variable that the constant string NAME names; NULL when none can have that name, which is
 * told as an error.
 */
const struct variable *variables_bind(struct check *c, const struct sv_string *name);

/* Applies the modifiers among the node's tags (section 4.1). 0, or -1 by run_fail(). */
int variables_modify(struct sv_run *run, const struct sv_node *node, struct str *value);

/*
 * From here on it is the variable of that name that all scripts of a run share (RFC 6609 section
 * 3.4).
 */
void variables_share(struct check *c, const struct sv_string *name);
/* The work of looking for one; 0, or -1 by run_fail(). */
int variables_charge(struct sv_run *run);
struct str variables_get_shared(struct sv_run *run, struct str name);
int variables_set_shared(struct sv_run *run, struct str name, struct str value);

/* Empty when it was never set; a namespace's cannot be read so. */
struct str variables_get(struct sv_run *run, const struct variable *v);
/* A value over the limit is cut between characters (section 6). 0, or -1 by run_fail(). */
int variables_set(struct sv_run *run, const struct variable *v, struct str value);

#endif
