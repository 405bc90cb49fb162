#include "mda/outgoing/answers.h"

#include "base/str_list.h"
#include "mda/delivery/compose.h"

#include <string.h>

static const struct {
	const char *name;
	answer_prepare *prepare;
} kinds[] = {
	{"vacation", vacation_prepare},
	{"notify", notify_prepare},
	{"report", report_prepare},
};

static answer_prepare *kind_of(const struct answer *a)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i].name, a->name) == 0)
			return kinds[i].prepare;
	return NULL;
}

/*
 * The message as the rules changed it: its bytes are in d->mem, and message_free() frees its index.
 */
static struct message *changed_message(const struct delivery *d, const struct answer *a)
{
	struct err err;
	struct message *m = NULL;
	if (a->changes)
		m = message_borrow(compose_header(d, a->changes), &err);
	return m;
}

static const char *prepare_one(
	const struct answers_world *w, const struct answer *a, struct outmail *out)
{
	answer_prepare *prepare = kind_of(a);
	if (!prepare)
		return "this version does not know it";
	struct message *changed = changed_message(w->delivery, a);
	const char *why = prepare(w, changed ? changed : w->delivery->msg, a, out);
	message_free(changed);
	return why;
}

struct outmails answers_prepare(const struct answers_world *world)
{
	const struct delivery *d = world->delivery;
	const struct verdict *v = d->verdict;
	struct outmails all = {0};
	for (size_t i = 0; i < v->rules.answer_count; i++) {
		const struct answer *a = &v->rules.answers[i];
		struct outmail out = {.kind = a->name,
			.reason = a->reason,
			.has_fcc = a->has_fcc,
			.fcc = a->fcc,
			.fcc_flags = a->fcc_flags};
		const char *why = prepare_one(world, a, &out);
		struct str where = verdict_reason_where(&a->reason, d->mem);
		if (why)
			str_list_add(&all.declined,
				arena_fmt(d->mem, "%s (" STR_FMT "): %s", a->name, STR_ARGS(where),
					why),
				d->mem);
		else
			*(struct outmail *)ARENA_PUSH(d->mem, all.items, all.count) = out;
	}
	return all;
}
