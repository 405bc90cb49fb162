#include "mda/tools/refile/refile_child.h"

#include "base/address.h"
#include "base/date.h"
#include "base/mime.h"
#include "base/str_list.h"
#include "filters/sieve/builtin.h"
#include "mda/conf/aliases.h"
#include "mda/judge.h"
#include "mda/settle.h"
#include "mda/tools/refile/refile_bare.h"
#include "mda/tools/refile/refile_rules.h"
#include "mda/tools/refile/refile_wire.h"
#include "mda/trace.h"

enum { SHOWN = 300, TESTS_MOST = 5000 };

/* ---- what a run tells ---- */

struct watch {
	struct refile_outcome *outcome;
	unsigned open;  /* how many tests are being evaluated, one in the other */
	bool goes_back; /* a loop or an include has led to an earlier place of a script */
	struct arena *mem;
};

static bool is_later(const struct refile_test *last, const struct sv_event *e)
{
	return last && str_eq(last->script, e->script) && last->line < e->line;
}

/* NULL: it is new, as nearly all are in a script that goes straight on. */
static struct refile_test *find_test(struct watch *w, const struct sv_event *e)
{
	const struct refile_outcome *o = w->outcome;
	if (!w->goes_back && is_later(o->test_count ? &o->tests[o->test_count - 1] : NULL, e))
		return NULL;
	for (size_t i = o->test_count; i > 0; i--) {
		struct refile_test *t = &o->tests[i - 1];
		if (!str_eq(t->script, e->script))
			continue;
		w->goes_back = true;
		if (t->line == e->line && t->column == e->column)
			return t;
	}
	return NULL;
}

static void add_result(struct watch *w, const struct sv_event *e)
{
	struct refile_outcome *o = w->outcome;
	struct refile_test *t = find_test(w, e);
	if (!t && o->test_count >= TESTS_MOST)
		return;
	if (!t) {
		t = ARENA_PUSH(w->mem, o->tests, o->test_count);
		*t = (struct refile_test){
			.script = e->script, .line = e->line, .column = e->column};
	}
	t->matched |= e->result;
}

/* The test of an `if` or `elsif` is in no other test. */
static void on_event(void *context, const struct sv_event *e)
{
	struct watch *w = context;
	if (e->kind == SV_EVENT_COMMAND)
		w->open = 0; /* a test that failed has no result */
	else if (e->kind == SV_EVENT_TEST)
		w->open++;
	else if (e->kind == SV_EVENT_RESULT && w->open && --w->open == 0)
		add_result(w, e);
}

/* ---- one side ---- */

static void take_steps(struct refile_outcome *o, const struct plan *p, struct arena *mem)
{
	o->steps = arena_alloc(mem, (p->step_count + 1) * sizeof *o->steps);
	for (size_t i = 0; i < p->step_count; i++) {
		const struct step *s = &p->steps[i];
		o->steps[o->step_count++] = (struct refile_step){.kind = s->kind,
			.argument = s->argument,
			.flags = s->flags,
			.keywords = s->keywords,
			.reason = s->reason};
	}
	o->answers = arena_alloc(mem, (p->outmails.count + 1) * sizeof *o->answers);
	for (size_t i = 0; i < p->outmails.count; i++)
		o->answers[o->answer_count++] = (struct refile_answer){
			p->outmails.items[i].kind, p->outmails.items[i].recipients};
}

static void take_notes(struct refile_outcome *o, const struct notes *notes, struct arena *mem)
{
	for (size_t i = 0; i < notes->count; i++)
		*(struct str *)ARENA_PUSH(mem, o->notes.items, o->notes.count) = notes->items[i];
}

/* The recipient of the delivery, such as ann+shop@a.test, is an address of this mailbox. */
static void take_recipient(struct session *s, const char *recipient)
{
	struct invocation inv = s->inv;
	inv.recipient = recipient;
	inv.user_length = 0;
	struct str domain = invocation_default_domain(s->conf->default_domain, s->mem);
	struct str mailbox = invocation_mailbox(&inv, domain, s->conf->recipient_delimiter, s->mem);
	if (str_eq(aliases_mailbox(s->aliases, mailbox, s->mem), s->mailbox))
		s->inv = inv;
}

static struct session session_for(
	const struct session *s, const struct refile_bare *bare, struct arena *mem)
{
	struct session now = *s;
	now.mem = mem;
	if (!now.inv.sender)
		now.inv.sender = bare->sender;
	if (!now.inv.original)
		now.inv.original = bare->original;
	if (bare->recipient && !str_eq(str_of(bare->recipient), str_of(now.inv.recipient)))
		take_recipient(&now, bare->recipient);
	return now;
}

/*
 * A redirect must not go to a mailbox that has had the message: our own redirects and those of
 * other servers would send it round in a circle.
 */
static void pass_by(struct delivery *d, const struct refile_bare *bare)
{
	struct str here = aliases_mailbox(d->aliases, d->env->mailbox, d->mem);
	for (size_t i = 0; i < bare->been.count && d->passed.count < STAMP_MOST_HOPS; i++) {
		struct str place = aliases_mailbox(d->aliases, bare->been.items[i], d->mem);
		if (!str_eq(place, here) && !str_list_has(&d->passed, place))
			str_list_add(&d->passed, place, d->mem);
	}
}

/* What the parent needs to carry redirects out. */
static void compose(const struct delivery *d, struct judgement *out, struct refile_judged *j)
{
	struct buf frame = {0};
	out->passed = d->passed;
	judgement_write(&frame, out, message_bytes(d->msg));
	j->judgement = arena_str(d->mem, buf_str(&frame));
	j->message = message_bytes(d->msg);
	j->sender = d->env->sender;
	buf_free(&frame);
}

static void free_message(void *msg)
{
	message_free(msg);
}

/* False if something asked for more of the message than is here. */
static bool judge_side(struct refile_child *c, size_t side, const struct refile_bare *bare,
	bool whole, struct arena *mem, struct refile_judged *j)
{
	struct refile_outcome *o = &j->outcomes[side];
	bool beyond = false;
	struct err err;
	struct session s = session_for(&c->session->sides[side], bare, mem);
	struct message *msg = message_head(bare->bytes, whole ? NULL : &beyond);
	struct envelope env = session_envelope(&s, NULL);
	struct delivery d = session_delivery(&s, &env, msg);
	struct watch watch = {.outcome = o, .mem = mem};
	struct trace trace = {.watch = on_event, .context = &watch};
	struct judge_job job = {.delivery = &d, .env = &env, .inv = &s.inv, .file = s.file};
	struct judgement out = {.failed = false};
	d.recorded = &bare->scan;
	d.kept = &c->kept[side];
	d.trace = side == REFILE_NEW ? &trace : NULL;
	int r = judge_stages(&job, &out, &err);
	bool asked = beyond; /* settle() writes what would be sent, of as much as is here */
	if (r < 0) {
		o->failed = true;
		o->failure = arena_str(mem, str_of(err.text));
	} else if (!asked) {
		if (c->session->sends)
			pass_by(&d, bare);
		settle(&d, &out.plan);
		take_steps(o, &out.plan, mem);
		take_notes(o, &out.verdict.notes, mem);
		take_notes(o, &out.plan.notes, mem);
		if (c->session->composes && side == REFILE_NEW)
			compose(&d, &out, j);
	}
	arena_on_free(mem, free_message, msg);
	return !asked;
}

/* ---- the message ---- */

static struct str shown(const struct message *msg, const char *name, struct arena *mem)
{
	const struct header *h = message_find(msg, str_of(name));
	if (!h)
		return STR_EMPTY;
	struct str text = mime_decode(message_header_text(h, mem), mem);
	return str_slice(text, 0, SHOWN);
}

static void describe(struct refile_judged *j, struct str bytes, struct arena *mem)
{
	struct date date;
	struct message *msg = message_borrow(bytes, NULL);
	if (!msg)
		return;
	j->from = arena_str(mem, shown(msg, "From", mem));
	j->subject = arena_str(mem, shown(msg, "Subject", mem));
	j->message_id = arena_str(mem, shown(msg, "Message-ID", mem));
	const struct header *h = message_find(msg, STR_LIT("Date"));
	if (h && date_guess(message_header_text(h, mem), &date) && date.seconds > 0)
		j->date = (uint64_t)date.seconds;
	message_free(msg);
}

static void tell_rules(struct refile_child *c, struct refile_judged *j, struct arena *mem)
{
	const struct rules_kept *kept = &c->kept[REFILE_NEW];
	for (; c->told < kept->count; c->told++) {
		const struct rules_script *s = &kept->scripts[c->told];
		/* Each engine has compiled scripts of its own form. */
		if (s->engine == &builtin_engine)
			refile_rules_of(s->compiled, mem, &j->rules, &j->rule_count);
	}
}

bool refile_child_judge(
	struct refile_child *c, struct str stored, bool whole, struct arena *mem, struct buf *frame)
{
	struct refile_judged j = {.date = 0};
	const struct refile_bare bare = refile_bare(stored, mem);
	for (size_t i = 0; i < c->session->count; i++)
		if (!judge_side(c, i, &bare, whole, mem, &j))
			return false;
	describe(&j, bare.bytes, mem);
	tell_rules(c, &j, mem);
	refile_wire_write(frame, &j);
	return true;
}
