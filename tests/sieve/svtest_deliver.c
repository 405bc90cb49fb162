/*
 * Carries out what was collected: stores into the runner's folders, and queues what a delivery
 * would send.
 */
#include "mda/conf/conf.h"
#include "mda/conf/user.h"
#include "tests/sieve/svtest.h"

#include "filters/rules.h"
#include "filters/rules_result.h"
#include "filters/sieve/vacation.h"
#include "mda/outgoing/answers.h"
#include "mda/outgoing/mdn.h"
#include "mda/outgoing/redirects.h"

/* ---- storing ---- */

static struct str folder_of(const struct sv_action *a)
{
	return a->argument.n ? a->argument : STR_LIT("INBOX");
}

/* A folder that got the message already gets it no second time (RFC 5228 section 2.10.3). */
static bool is_stored(const struct svtest *t, size_t before, struct str folder)
{
	for (size_t i = 0; i < before; i++) {
		const struct sv_action *a = &t->result.actions[i];
		if (a->kind->effect == SV_STORES && svtest_same_folder(folder_of(a), folder))
			return true;
	}
	return false;
}

static void store(struct svtest *t, const struct sv_action *a)
{
	const struct sv_property *flags = engine_action_property(a, "flags");
	struct svtest_mail mail = {.bytes = svtest_compose(t, a->changes)};
	if (flags)
		mail.flags = flags->values;
	svtest_put(t, svtest_make_box(t, folder_of(a)), mail);
}

/* ---- sending ---- */

static const struct store_id id = {.bytes = "svtest"};

static void queue(
	struct svtest *t, struct str sender, const struct str_list *recipients, struct str text)
{
	for (size_t i = 0; i < recipients->count; i++)
		svtest_put(t, &t->queue,
			(struct svtest_mail){.bytes = text,
				.sender = sender,
				.recipient = recipients->items[i]});
}

/* No message is known from before, so that every one is answered. */
static struct answer answer_of(const struct svtest *t, const struct sv_action *a)
{
	struct answer answer = rules_answer(a);
	if (a->kind != &vacation_action)
		return answer;
	struct sv_vacation *v = arena_alloc(t->mem, sizeof *v);
	*v = *(const struct sv_vacation *)a->data;
	v->seconds = 0;
	answer.data = v;
	return answer;
}

static void answer(
	struct svtest *t, const struct delivery *d, const struct sv_action *a, struct notes *notes)
{
	struct answer one = answer_of(t, a);
	struct verdict v = *d->verdict;
	struct delivery asking = *d;
	v.rules.answers = &one;
	v.rules.answer_count = 1;
	asking.verdict = &v;
	const struct answers_world world = {.delivery = &asking, .id = &id, .notes = notes};
	const struct outmails all = answers_prepare(&world);
	for (size_t i = 0; i < all.count; i++)
		queue(t, all.items[i].sender, &all.items[i].recipients, all.items[i].text);
}

static void redirect(
	struct svtest *t, const struct delivery *d, const struct sv_action *a, struct notes *notes)
{
	struct str to = action_redirect_target(a->argument, t->mem);
	const struct str_list recipients = {&to, 1};
	if (to.n)
		queue(t, redirects_sender(d, notes), &recipients, svtest_compose(t, a->changes));
}

static void refuse(struct svtest *t, const struct delivery *d, const struct sv_action *a)
{
	const struct str_list recipients = {&t->env.sender, 1};
	if (!mdn_why_not(d))
		queue(t, (struct str){"", 0}, &recipients, mdn_compose(d, &id, a->argument));
}

/* What a program does not take is kept, where nothing else stores it. */
static void give(struct svtest *t, size_t i, struct notes *notes)
{
	const struct sv_action *a = &t->result.actions[i];
	struct sv_action kept = {.kind = &action_keep, .changes = a->changes};
	struct err err = {.text = ""};
	if (svtest_pipe(t, a, &err))
		return;
	notes_add(notes, "%s", err.text);
	for (size_t k = 0; k < t->result.count; k++)
		if (t->result.actions[k].kind->effect == SV_STORES)
			return;
	if (!t->result.implicit_keep)
		store(t, &kept);
}

static void carry_out(struct svtest *t, const struct delivery *d, size_t i, struct notes *notes)
{
	const struct sv_action *a = &t->result.actions[i];
	switch (a->kind->effect) {
	case SV_STORES:
		if (!is_stored(t, i, folder_of(a)))
			store(t, a);
		break;
	case SV_SENDS:
		redirect(t, d, a, notes);
		break;
	case SV_REFUSES:
		refuse(t, d, a);
		break;
	case SV_ANSWERS:
		answer(t, d, a, notes);
		break;
	case SV_PIPES:
		give(t, i, notes);
		break;
	case SV_DROPS:
		break;
	}
}

/* ---- all of it ---- */

/* What became otherwise than the rules wanted it. */
static void take_notes(struct svtest *t, const struct notes *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		*(struct str *)ARENA_PUSH(t->mem, t->errors.items, t->errors.count) =
			notes->items[i];
}

bool svtest_execute(struct svtest *t, const struct sv_action *keep)
{
	struct err err;
	struct envelope env = svtest_envelope(t);
	const struct conf *conf = svtest_conf(t, &err);
	t->errors = (struct str_list){0};
	if (!conf) {
		*(struct str *)ARENA_PUSH(t->mem, t->errors.items, t->errors.count) =
			arena_str(t->mem, str_of(err.text));
		return false;
	}
	const struct user user = {.names = {.user = env.mailbox, .home = STR_LIT("/nonexistent")}};
	struct verdict verdict;
	struct notes notes = {.mem = t->mem};
	struct delivery d = {.conf = conf,
		.aliases = svtest_aliases(t, env.mailbox),
		.user = &user,
		.env = &env,
		.told = env,
		.msg = t->msg,
		.verdict = &verdict,
		.mem = t->mem};
	verdict_init(&verdict, t->mem, message_header_count(t->msg));
	for (; t->executed < t->result.count; t->executed++)
		carry_out(t, &d, t->executed, &notes);
	svtest_remember(t);
	if (t->result.implicit_keep && !t->keep_executed &&
		!is_stored(t, t->result.count, STR_LIT("INBOX")))
		store(t, keep);
	t->keep_executed |= t->result.implicit_keep;
	take_notes(t, &notes);
	return true;
}
