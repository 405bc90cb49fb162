#include "mda/outcome.h"

struct done *outcome_add(struct outcome *out, const struct action *action, struct arena *mem)
{
	struct done *done = ARENA_PUSH(mem, out->items, out->count);
	done->action = action;
	return done;
}
