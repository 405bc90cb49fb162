#include "mda/delivery/outcome.h"

struct done *outcome_add(struct outcome *out, const struct action *action, struct arena *mem)
{
	struct done *done = ARENA_PUSH(mem, out->items, out->count);
	done->action = *action;
	return done;
}

struct str outcome_folder(struct verdict *v, struct str name)
{
	struct err err;
	struct str normal;
	if (store_folder(name, v->mem, &normal, &err) == 0)
		return normal;
	verdict_note(v, "folder: %s; kept in the INBOX", err.text);
	return STR_EMPTY;
}
