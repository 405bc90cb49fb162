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
 * The same is done once; of two stores into a folder the last one's flags count (RFC 5232 section
 * 2.1).
 */
static bool is_repeated(struct verdict *v, size_t count, const struct action *a)
{
	for (size_t i = 0; i < count; i++) {
		struct action *old = &v->actions[i];
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

static void settle_actions(struct verdict *v)
{
	size_t kept = 0;
	for (size_t i = 0; i < v->action_count; i++) {
		struct action a = v->actions[i];
		if (a.kind == ACTION_STORE)
			a.argument = outcome_folder(v, a.argument);
		if (!is_repeated(v, kept, &a))
			v->actions[kept++] = a;
	}
	v->action_count = kept;
}

/* ---- refusals that we tell the sender ourselves ---- */

/* ereject leaves it to the MTA alone (RFC 5429 section 2.1); so does what no rule decided. */
static struct action *refusal_by_message(const struct delivery *d)
{
	for (size_t i = 0; i < d->verdict.action_count; i++) {
		struct action *a = &d->verdict.actions[i];
		if (a->kind == ACTION_REJECT)
			return d->conf->reject_by == REJECT_BY_MESSAGE && a->may_answer ? a : NULL;
	}
	return NULL;
}

static void add_notification(
	struct delivery *d, const struct action *refusal, const struct store_id *id)
{
	struct str *recipient = arena_alloc(d->mem, sizeof *recipient);
	*recipient = d->env->sender;
	struct outmail *mdn = ARENA_PUSH(d->mem, d->outmails->items, d->outmails->count);
	*mdn = (struct outmail){.kind = "reject",
		.what = STR_LIT("reject"),
		.recipients = {recipient, 1},
		.text = mdn_compose(d, id, refusal->argument),
		.reason = refusal->reason};
}

/* The message is not stored, and the MTA has nothing to tell anybody. */
static void settle_refusal(struct delivery *d, const struct store_id *id)
{
	struct action *refusal = refusal_by_message(d);
	const char *why = refusal ? mdn_why_not(d) : NULL;
	if (!refusal)
		return;
	refusal->by_message = true;
	if (why)
		verdict_note(&d->verdict, "the sender is not told of the refusal: %s", why);
	else
		add_notification(d, refusal, id);
}

void settle(struct delivery *d)
{
	struct store_id id = {.unique = false};
	bool answers = d->verdict.rules.answer_count > 0 || refusal_by_message(d);
	redirects_settle(d);
	settle_actions(&d->verdict);
	/* A message id needs no mailbox's path to be the same at the retry. */
	if (answers)
		id = deliver_id(d, "");
	const struct answers_world world = {d, &id, asks_remembered};
	d->outmails = answers_prepare(&world);
	settle_refusal(d, &id);
	compose_forms(d);
}
