/* Scripts that stay compiled while one process judges many messages. */
#ifndef FILTERS_RULES_KEPT_H
#define FILTERS_RULES_KEPT_H

#include "filters/sieve/engine.h"

struct rules_script {
	const struct sv_engine *engine;
	struct str path, text;
	struct sv_script *compiled; /* NULL: it has errors */
	struct sv_errors errors;
};

/* Zero it, and set MEM, which lives as long as all messages. */
struct rules_kept {
	struct arena *mem;
	bool is_complete;           /* it gets no other scripts */
	const struct sv_host *host; /* for compiling; must live as long as MEM */
	struct rules_script *scripts;
	size_t count;
};

/* The script PATH with the content TEXT, if it is there; NULL if not, as when KEPT is NULL. */
const struct rules_script *rules_kept_find(
	const struct rules_kept *kept, struct str path, struct str text);
/* Compiles it, and keeps it, even if it has errors. */
const struct rules_script *rules_kept_add(
	struct rules_kept *kept, const struct sv_engine *engine, struct str path, struct str text);

#endif
