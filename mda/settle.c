#include "mda/settle.h"

#include "mda/asks.h"
#include "mda/conf/conf.h"
#include "mda/conf/folders.h"
#include "mda/delivery/identity.h"
#include "mda/delivery/compose.h"
#include "mda/outgoing/answers.h"
#include "mda/outgoing/mdn.h"
#include "mda/outgoing/receipt.h"
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
static bool is_repeated(struct plan *p, size_t count, const struct step *step)
{
	for (size_t i = 0; i < count; i++) {
		struct step *old = &p->steps[i];
		if (old->kind != step->kind || !str_eq(old->argument, step->argument) ||
			!same_words(&old->arguments, &step->arguments))
			continue;
		old->flags = step->flags;
		old->keywords = step->keywords;
		old->changes = step->changes;
		return true;
	}
	return false;
}

static void settle_steps(struct plan *p)
{
	size_t kept = 0;
	for (size_t i = 0; i < p->step_count; i++) {
		struct step step = p->steps[i];
		if (step.kind == ACTION_STORE)
			step.argument = plan_folder(step.argument, &p->notes);
		if (!is_repeated(p, kept, &step))
			p->steps[kept++] = step;
	}
	p->step_count = kept;
}

/* ---- refusals that we tell the sender ourselves ---- */

/*
 * ereject leaves the refusal to the MTA (RFC 5429 section 2.1); so does a refusal that no rule
 * asked for.
 */
static bool is_told_by_us(const struct delivery *d)
{
	const struct action *refusal = verdict_find(d->verdict, ACTION_REJECT);
	return refusal && refusal->may_answer && d->conf->reject_by == REJECT_BY_MESSAGE;
}

static struct step *find_refusal(struct plan *p)
{
	for (size_t i = 0; i < p->step_count; i++)
		if (p->steps[i].kind == ACTION_REJECT)
			return &p->steps[i];
	return NULL;
}

static void add_notification(const struct delivery *d, struct plan *p, const struct step *refusal,
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
static void settle_refusal(
	const struct delivery *d, struct plan *p, struct step *refusal, const struct store_id *id)
{
	const char *why = mdn_why_not(d);
	refusal->by_message = true;
	if (why)
		notes_add(&p->notes, "the sender is not told of the refusal: %s", why);
	else
		add_notification(d, p, refusal, id);
}

/* ---- the notice that it was delivered ---- */

static size_t count_steps(const struct plan *p, enum action_kind kind)
{
	size_t n = 0;
	for (size_t i = 0; i < p->step_count; i++)
		n += p->steps[i].kind == kind;
	return n;
}

/* Of a message that is discarded the sender hears nothing else than of one that is kept. */
static void add_receipt(const struct delivery *d, struct plan *p, const struct store_id *id)
{
	if (count_steps(p, ACTION_REJECT))
		return;
	bool is_here = count_steps(p, ACTION_STORE) || !count_steps(p, ACTION_REDIRECT);
	struct str *recipient = arena_alloc(d->mem, sizeof *recipient);
	*recipient = d->env->sender;
	struct outmail *receipt = ARENA_PUSH(d->mem, p->outmails.items, p->outmails.count);
	*receipt = (struct outmail){.kind = "receipt",
		.what = STR_LIT("receipt"),
		.recipients = {recipient, 1},
		.text = receipt_compose(d, id, is_here),
		.reason = verdict_reason_text("the sender asked for it")};
}

/* ---- senders that are new ---- */

/*
 * What is kept there alone waits for the user. If the message is stored elsewhere too, nobody could
 * say later which copy was moved; and who is blocked does not wait.
 */
static void settle_screener(const struct delivery *d, struct plan *p)
{
	struct str held = d->verdict->screener.folder, junk = folders_junk(d->conf, d->mem);
	p->screener_digest = d->conf->screener.n && d->conf->screener_digest;
	if (held.n == 0 || count_steps(p, ACTION_STORE) != 1)
		return;
	held = plan_folder(held, &p->notes);
	const struct step *store = plan_find(p, ACTION_STORE);
	if (!str_eq(store->argument, held) || str_eq(held, plan_folder(junk, &p->notes)))
		return;
	p->screened = held;
	p->screened_about = d->verdict->screener.about;
}

void settle(const struct delivery *d, struct plan *p)
{
	struct store_id id = {.unique = false};
	plan_begin(p, d->verdict, d->mem);
	bool wants_receipt = receipt_is_due(d);
	bool answers = d->verdict->rules.answer_count > 0 || is_told_by_us(d) || wants_receipt;
	redirects_settle(d, p);
	settle_steps(p);
	/*
	 * The message id must not depend on the mailbox's path, which may be another one at the
	 * retry.
	 */
	if (answers)
		id = identity_of(d, "");
	const struct answers_world world = {d, &id, asks_remembered, &p->notes};
	p->outmails = answers_prepare(&world);
	struct step *refusal = is_told_by_us(d) ? find_refusal(p) : NULL;
	if (refusal)
		settle_refusal(d, p, refusal, &id);
	if (wants_receipt)
		add_receipt(d, p, &id);
	settle_screener(d, p);
	compose_forms(d, p);
}
