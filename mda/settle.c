#include "mda/settle.h"

#include "mda/asks.h"
#include "mda/conf/conf.h"
#include "mda/deliver.h"
#include "mda/delivery/compose.h"
#include "mda/outgoing/answers.h"
#include "mda/outgoing/mdn.h"
#include "mda/outgoing/redirects.h"

static bool same_words(const struct str_list *a, const struct str_list *b)
{
	for (size_t i = 0; i < a->count && a->count == b->count; i++)
		if (!str_eq(a->items[i], b->items[i]))
			return false;
	return a->count == b->count;
}

/*
 * The same action is done once. If two actions store into the same folder, the flags of the last
 * one count (RFC 5232 section 2.1).
 */
static bool is_repeated(struct plan *p, size_t count, const struct action *a)
{
	for (size_t i = 0; i < count; i++) {
		struct action *old = &p->actions[i];
		if (old->kind != a->kind || !str_eq(old->argument, a->argument) ||
			!same_words(&old->arguments, &a->arguments))
			continue;
		old->flags = a->flags;
		old->keywords = a->keywords;
		old->changes = a->changes;
		return true;
	}
	return false;
}

static void settle_actions(struct plan *p)
{
	size_t kept = 0;
	for (size_t i = 0; i < p->action_count; i++) {
		struct action a = p->actions[i];
		if (a.kind == ACTION_STORE)
			a.argument = plan_folder(a.argument, &p->notes);
		if (!is_repeated(p, kept, &a))
			p->actions[kept++] = a;
	}
	p->action_count = kept;
}

/* ---- refusals that we tell the sender ourselves ---- */

/*
 * ereject leaves the refusal to the MTA (RFC 5429 section 2.1); so does a refusal that no rule
 * asked for.
 */
static struct action *refusal_by_message(const struct delivery *d, struct plan *p)
{
	for (size_t i = 0; i < p->action_count; i++) {
		struct action *a = &p->actions[i];
		if (a->kind == ACTION_REJECT)
			return d->conf->reject_by == REJECT_BY_MESSAGE && a->may_answer ? a : NULL;
	}
	return NULL;
}

static void add_notification(const struct delivery *d, struct plan *p, const struct action *refusal,
	const struct store_id *id)
{
	struct str *recipient = arena_alloc(d->mem, sizeof *recipient);
	*recipient = d->env->sender;
	struct outmail *mdn = ARENA_PUSH(d->mem, p->outmails.items, p->outmails.count);
	*mdn = (struct outmail){.kind = "reject",
		.what = STR_LIT("reject"),
		.recipients = {recipient, 1},
		.text = mdn_compose(d, id, refusal->argument),
		.reason = refusal->reason};
}

/* The message is not stored, and the MTA sends nothing to anybody. */
static void settle_refusal(const struct delivery *d, struct plan *p, const struct store_id *id)
{
	struct action *refusal = refusal_by_message(d, p);
	const char *why = refusal ? mdn_why_not(d) : NULL;
	if (!refusal)
		return;
	refusal->by_message = true;
	if (why)
		notes_add(&p->notes, "the sender is not told of the refusal: %s", why);
	else
		add_notification(d, p, refusal, id);
}

void settle(struct delivery *d, struct plan *p)
{
	struct store_id id = {.unique = false};
	plan_begin(p, d->verdict, d->mem);
	bool answers = d->verdict->rules.answer_count > 0 || refusal_by_message(d, p);
	redirects_settle(d, p);
	settle_actions(p);
	/*
	 * The message id must not depend on the mailbox's path, which may be another one at the
	 * retry.
	 */
	if (answers)
		id = deliver_id(d, "");
	const struct answers_world world = {d, &id, asks_remembered, &p->notes};
	p->outmails = answers_prepare(&world);
	settle_refusal(d, p, &id);
	compose_forms(d, p);
}
