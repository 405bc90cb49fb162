#include "mda/delivery/plan.h"

#include "store/store.h"

void plan_init(struct plan *p, struct arena *mem)
{
	*p = (struct plan){.mem = mem, .notes.mem = mem};
}

void plan_begin(struct plan *p, const struct verdict *v, struct arena *mem)
{
	plan_init(p, mem);
	for (size_t i = 0; i < v->action_count; i++)
		*(struct action *)ARENA_PUSH(mem, p->actions, p->action_count) = v->actions[i];
	for (size_t i = 0; i < v->rules.report_count; i++)
		*(struct report *)ARENA_PUSH(mem, p->reports, p->report_count) =
			v->rules.reports[i];
	for (size_t i = 0; i < v->tracked_count; i++)
		*(struct tracked *)ARENA_PUSH(mem, p->tracked, p->tracked_count) = v->tracked[i];
}

struct action *plan_add(
	struct plan *p, enum action_kind kind, struct str argument, struct reason reason)
{
	struct action *a = ARENA_PUSH(p->mem, p->actions, p->action_count);
	*a = (struct action){.kind = kind, .argument = argument, .reason = reason};
	return a;
}

const struct action *plan_find(const struct plan *p, enum action_kind kind)
{
	for (size_t i = 0; i < p->action_count; i++)
		if (p->actions[i].kind == kind)
			return &p->actions[i];
	return NULL;
}

struct str plan_folder(struct str name, struct notes *notes)
{
	struct err err;
	struct str normal;
	if (store_folder(name, notes->mem, &normal, &err) == 0)
		return normal;
	notes_add(notes, "folder: %s; kept in the INBOX", err.text);
	return STR_EMPTY;
}
