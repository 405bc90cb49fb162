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
	const struct sv_host *host; /* for compiling; must live as long as MEM */
	struct rules_script *scripts;
	size_t count;
};

/*
 * The script PATH with the content TEXT, which is compiled unless it was before. *ERRORS are those
 * of compiling it. NULL if it has errors.
 */
struct sv_script *rules_kept_compile(struct rules_kept *kept, const struct sv_engine *engine,
	struct str path, struct str text, struct sv_errors *errors);

#endif
