/* What the answers to the rule engine's questions depend on, and how they report an error. */
#ifndef MDA_RULES_WORLD_H
#define MDA_RULES_WORLD_H

#include "mda/delivery/delivery.h"

/* If a pointer is NULL, the engine gets the answer that filters/sieve/host.h describes. */
struct rules_world {
	const struct conf *conf;
	const struct template_values *names; /* for paths */
	const char *maildir;                 /* lists the existing folders */
	const char *state_dir;
	const struct delivery *delivery;
	struct verdict *verdict; /* of the stages before the rules; not NULL in a delivery */
	struct trace *trace;     /* gets the events of runs */
	const long long *now;    /* seconds since 1970; NULL: the clock's */
	struct arena *mem;
};

/* The path that TEMPLATE gives for these names; NULL if it is invalid. */
const char *rules_path(const struct rules_world *w, struct str template);

/*
 * Notes an error in answering a question. If it is temporary, the delivery ends with it. Always -1.
 */
int rules_trouble(const struct rules_world *w, const char *what, const struct err *err);

#endif
