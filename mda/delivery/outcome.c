#include "mda/delivery/outcome.h"

void outcome_begin(struct outcome *out, const struct plan *plan, struct arena *mem)
{
	*out = (struct outcome){.mem = mem, .notes.mem = mem};
	for (size_t i = 0; i < plan->report_count; i++)
		outcome_report(out, plan->reports[i].path, plan->reports[i].text);
}

struct done *outcome_add(struct outcome *out, const struct step *step)
{
	struct done *done = ARENA_PUSH(out->mem, out->items, out->count);
	done->step = *step;
	return done;
}

bool outcome_is_stored(const struct outcome *out)
{
	for (size_t i = 0; i < out->count; i++)
		if (out->items[i].step.kind == ACTION_STORE)
			return true;
	return false;
}

void outcome_report(struct outcome *out, struct str path, struct str text)
{
	struct report *r = ARENA_PUSH(out->mem, out->reports, out->report_count);
	*r = (struct report){.path = path, .text = text};
}
