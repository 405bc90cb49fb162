#include "mda/delivery/plan.h"

#include "store/store.h"

void plan_init(struct plan *p, struct arena *mem)
{
	*p = (struct plan){.mem = mem, .notes.mem = mem};
}

static struct step step_of(const struct action *a)
{
	return (struct step){.kind = a->kind,
		.argument = a->argument,
		.flags = a->flags,
		.keywords = a->keywords,
		.changes = a->changes,
		.arguments = a->arguments,
		.may_fail = a->may_fail,
		.reason = a->reason};
}

void plan_begin(struct plan *p, const struct verdict *v, struct arena *mem)
{
	plan_init(p, mem);
	for (size_t i = 0; i < v->action_count; i++)
		*(struct step *)ARENA_PUSH(mem, p->steps, p->step_count) = step_of(&v->actions[i]);
	for (size_t i = 0; i < v->rules.report_count; i++)
		*(struct report *)ARENA_PUSH(mem, p->reports, p->report_count) =
			v->rules.reports[i];
	for (size_t i = 0; i < v->tracked_count; i++)
		*(struct tracked *)ARENA_PUSH(mem, p->tracked, p->tracked_count) = v->tracked[i];
}

struct step *plan_add(
	struct plan *p, enum action_kind kind, struct str argument, struct reason reason)
{
	struct step *step = ARENA_PUSH(p->mem, p->steps, p->step_count);
	*step = (struct step){.kind = kind, .argument = argument, .reason = reason};
	return step;
}

const struct step *plan_find(const struct plan *p, enum action_kind kind)
{
	for (size_t i = 0; i < p->step_count; i++)
		if (p->steps[i].kind == kind)
			return &p->steps[i];
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
