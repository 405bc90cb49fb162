#include "mda/account/account.h"

#include "filters/authres.h"
#include "filters/label/tag.h"
#include "filters/spam/spam.h"
#include "mda/delivery/plan.h"

#include <string.h>

const char *const account_finding_kinds[] = {
	[FINDING_LOOKED] = "looked",
	[FINDING_MATCHED] = "matched",
	[FINDING_LOST] = "lost",
	[FINDING_SAID] = "said",
};

static const char *const listing_names[] = {
	[LISTED_NOT] = "none",
	[LISTED_BLOCK] = "block",
	[LISTED_ALLOW] = "allow",
};

static const char *const action_kinds[] = {
	[ACTION_STORE] = "store",
	[ACTION_REDIRECT] = "redirect",
	[ACTION_REJECT] = "reject",
	[ACTION_DISCARD] = "discard",
	[ACTION_PIPE] = "pipe",
};

static const char *const fault_names[] = {
	[FAULT_TEMP] = "temporary",
	[FAULT_NO_USER] = "no user",
	[FAULT_REFUSED] = "refused",
};

/* ---- the stages ---- */

static struct str join(struct str a, const char *between, struct str b, struct arena *mem)
{
	return a.n ? ARENA_JOIN(mem, a, str_of(between), b) : b;
}

static struct str target_of(const struct step *s)
{
	return s->kind == ACTION_STORE && s->argument.n == 0 ? STR_LIT("INBOX") : s->argument;
}

static void decide_lists(const struct delivery *d, struct account_stage *s)
{
	s->result = str_of(listing_names[d->verdict->lists.listing]);
	s->why = d->verdict->lists.reason;
}

static void decide_spam(const struct delivery *d, struct account_stage *s)
{
	s->result = str_of(spam_state_names[d->verdict->spam.state]);
	s->why = d->verdict->spam.reason;
}

static void decide_rules(const struct delivery *d, struct account_stage *s)
{
	const struct plan *p = d->plan;
	for (size_t i = 0; i < p->step_count; i++) {
		const struct step *step = &p->steps[i];
		struct str word = str_of(action_kinds[step->kind]);
		bool has_target = step->kind != ACTION_DISCARD && step->kind != ACTION_REJECT;
		if (has_target)
			word = ARENA_JOIN(d->mem, word, STR_LIT(" "), target_of(step));
		s->result = join(s->result, ", ", word, d->mem);
	}
	if (p->step_count)
		s->why = p->steps[0].reason;
}

static void decide_tag(const struct delivery *d, struct account_stage *s)
{
	s->result = str_of(tag_label_names[d->verdict->label.kind]);
	s->why = d->verdict->label.reason;
}

/* What the other stages decide is what they say of it. */
static const struct {
	const char *name;
	void (*decide)(const struct delivery *d, struct account_stage *s);
} deciders[] = {
	{"lists", decide_lists},
	{"antispam", decide_spam},
	{"rules", decide_rules},
	{"tag", decide_tag},
};

static bool decides_by_table(const struct delivery *d, struct account_stage *s)
{
	for (size_t i = 0; i < sizeof deciders / sizeof *deciders; i++) {
		if (!str_eq(s->name, str_of(deciders[i].name)))
			continue;
		deciders[i].decide(d, s);
		return true;
	}
	return false;
}

static void decide_stages(const struct delivery *d, struct account *a)
{
	for (size_t i = 0; i < a->stage_count; i++) {
		struct account_stage *s = &a->stages[i];
		if (decides_by_table(d, s))
			continue;
		for (size_t k = 0; k < a->finding_count; k++)
			if (a->findings[k].kind == FINDING_SAID &&
				str_eq(s->name, str_of(a->findings[k].stage)))
				s->result = join(s->result, "; ", a->findings[k].why, d->mem);
	}
}

/* ---- what is done ---- */

static struct str flags_of(const struct step *s, struct arena *mem)
{
	static const struct {
		unsigned bit;
		const char *name;
	} flags[] = {
		{FLAG_DRAFT, "\\Draft"},
		{FLAG_FLAGGED, "\\Flagged"},
		{FLAG_PASSED, "$Forwarded"},
		{FLAG_REPLIED, "\\Answered"},
		{FLAG_SEEN, "\\Seen"},
		{FLAG_TRASHED, "\\Deleted"},
	};
	struct str all = {NULL, 0};
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (s->flags & flags[i].bit)
			all = join(all, " ", str_of(flags[i].name), mem);
	for (size_t i = 0; i < s->keywords.count; i++)
		all = join(all, " ", s->keywords.items[i], mem);
	return all;
}

static struct account_action *add_action(
	const struct delivery *d, const struct step *s, struct account *a)
{
	struct account_action *action = ARENA_PUSH(d->mem, a->actions, a->action_count);
	*action = (struct account_action){.kind = str_of(action_kinds[s->kind]),
		.target = target_of(s),
		.flags = flags_of(s, d->mem),
		.why = s->reason};
	return action;
}

static void add_done(const struct delivery *d, const struct done *done, struct account *a)
{
	struct account_action *action = add_action(d, &done->step, a);
	action->done = true;
	action->again = done->again;
	if (done->step.kind != ACTION_STORE)
		return;
	action->folder = done->folder.n ? done->folder : STR_LIT("INBOX");
	action->file = done->receipt.file_name;
	action->uid = done->receipt.uid;
	action->uidvalidity = done->receipt.uidvalidity;
	/* The store itself may not have come to it. */
	action->done = done->receipt.uid != 0;
}

static bool is_there(const struct outcome *out, const struct step *s)
{
	for (size_t i = 0; out && i < out->count; i++)
		if (out->items[i].step.kind == s->kind &&
			str_eq(out->items[i].step.argument, s->argument))
			return true;
	return false;
}

/* First what was done, then what was planned and not done. */
static void add_actions(const struct delivery *d, const struct outcome *out, struct account *a)
{
	for (size_t i = 0; out && i < out->count; i++)
		add_done(d, &out->items[i], a);
	for (size_t i = 0; i < d->plan->step_count; i++)
		if (!is_there(out, &d->plan->steps[i]))
			(void)add_action(d, &d->plan->steps[i], a);
}

static void add_letters(const struct delivery *d, struct account *a)
{
	const struct outmails *all = &d->plan->outmails;
	for (size_t i = 0; i < all->count; i++)
		*(struct account_letter *)ARENA_PUSH(d->mem, a->letters, a->letter_count) =
			(struct account_letter){str_of(all->items[i].kind),
				all->items[i].recipients.items[0], all->items[i].reason};
	a->unanswered = all->declined;
}

static void add_notes(const struct notes *notes, const struct delivery *d, struct account *a)
{
	for (size_t i = 0; i < notes->count; i++)
		*(struct str *)ARENA_PUSH(d->mem, a->notes.items, a->notes.count) = notes->items[i];
}

/* ---- the whole ---- */

struct str account_fault(const struct err *err)
{
	return str_of(fault_names[err->fault]);
}

static void take_envelope(const struct delivery *d, struct account *a)
{
	a->mailbox = d->env->mailbox;
	a->recipient = d->env->recipient;
	a->original = d->env->original_recipient;
	a->sender = d->env->sender;
	a->submitter = d->env->submitter;
	a->queue_id = d->env->queue_id;
	a->message_id = d->plan->facts.message_id;
	a->size = message_bytes(d->msg).n;
}

static void take_verdict(const struct delivery *d, struct account *a)
{
	const struct verdict *v = d->verdict;
	a->list = str_of(listing_names[v->lists.listing]);
	a->spam = str_of(spam_state_names[v->spam.state]);
	a->label = str_of(tag_label_names[v->label.kind]);
	if (v->auth.by.n)
		a->auth = authres_text(&v->auth, d->mem);
	a->scan = v->spam.scan;
	a->findings = v->found.items;
	a->finding_count = v->found.count;
}

static void take_end(const struct delivery *d, const struct account_end *end, struct account *a)
{
	const struct outcome *out = end->outcome;
	a->status = end->status;
	if (out) {
		a->answered = out->answered;
		add_notes(&out->notes, d, a);
	}
	if (!end->err)
		return;
	a->error.fault = account_fault(end->err);
	a->error.dsn = str_of(end->err->dsn);
	a->error.text = str_of(end->err->text);
}

void account_of(const struct delivery *d, const struct account_end *end, struct account *a)
{
	a->status = STR_LIT("planned");
	take_envelope(d, a);
	take_verdict(d, a);
	decide_stages(d, a);
	add_actions(d, end ? end->outcome : NULL, a);
	add_letters(d, a);
	add_notes(&d->verdict->notes, d, a);
	add_notes(&d->plan->notes, d, a);
	if (end)
		take_end(d, end, a);
}

struct str account_field(const struct account *a, struct str field)
{
	for (size_t i = 0; i < a->finding_count; i++)
		if (str_ieq(a->findings[i].field, field))
			return a->findings[i].value;
	return STR_EMPTY;
}
