#include "filters/rules_result.h"

#include "base/limits.h"
#include "filters/sieve/action.h"
#include "filters/sieve/programs.h"

/* ---- what actions become ---- */

static struct str_list flags_of(const struct sv_action *a)
{
	const struct sv_property *p = engine_action_property(a, "flags");
	return p ? p->values : (struct str_list){0};
}

static const enum action_kind kinds[] = {
	[SV_STORES] = ACTION_STORE,
	[SV_SENDS] = ACTION_REDIRECT,
	[SV_REFUSES] = ACTION_REJECT,
	[SV_DROPS] = ACTION_DISCARD,
	[SV_PIPES] = ACTION_PIPE,
};

static struct str argument(const struct sv_action *a, struct arena *mem)
{
	return a->kind->effect == SV_SENDS ? action_redirect_target(a->argument, mem) : a->argument;
}

/* The rule may be in a script that was included. */
static struct reason place_of(const struct sv_action *a)
{
	return verdict_reason_line(a->script, a->line, (struct str){0});
}

struct answer rules_answer(const struct sv_action *a)
{
	const struct sv_property *fcc = engine_action_property(a, "fcc");
	return (struct answer){.name = a->kind->name,
		.text = a->argument,
		.data = a->data,
		.has_fcc = fcc != NULL,
		.fcc = fcc ? fcc->values.items[0] : STR_EMPTY,
		.fcc_flags = flags_of(a),
		.changes = a->changes,
		.reason = place_of(a)};
}

static void add_action(struct verdict *v, const struct sv_action *a)
{
	if (a->kind->effect == SV_ANSWERS) {
		*(struct answer *)ARENA_PUSH(v->mem, v->rules.answers, v->rules.answer_count) =
			rules_answer(a);
		return;
	}
	struct action *added =
		verdict_add(v, kinds[a->kind->effect], argument(a, v->mem), place_of(a));
	struct str_list flags = flags_of(a);
	verdict_add_flags(added, &flags, &v->notes);
	added->changes = a->changes;
	if (a->kind->effect == SV_PIPES) {
		const struct sv_piped *piped = a->data;
		added->arguments = piped->arguments;
		added->may_fail = piped->may_fail;
	}
	added->may_answer = a->kind->effect == SV_REFUSES && !engine_action_property(a, "ereject");
}

/* ---- conflicts ---- */

static size_t count_effect(const struct sv_result *r, enum sv_effect effect)
{
	size_t n = 0;
	for (size_t i = 0; i < r->count; i++)
		n += r->actions[i].kind->effect == effect;
	return n;
}

static size_t count_decided(const struct verdict *v, enum action_kind kind)
{
	size_t n = 0;
	for (size_t i = 0; i < v->action_count; i++)
		n += v->actions[i].kind == kind;
	return n;
}

static const struct sv_action *redirect_to_nowhere(const struct sv_result *r, struct arena *mem)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->actions[i].kind->effect == SV_SENDS && argument(&r->actions[i], mem).n == 0)
			return &r->actions[i];
	return NULL;
}

static const struct sv_action *last_of(const struct sv_result *r, enum sv_effect effect)
{
	for (size_t i = r->count; i > 0; i--)
		if (r->actions[i - 1].kind->effect == effect)
			return &r->actions[i - 1];
	return NULL;
}

/* Conflicts between the actions of one script. */
static struct rules_conflict inner_conflict(const struct sv_result *r)
{
	struct rules_conflict found = {0};
	for (size_t i = 1; i < r->count && !found.why; i++) {
		found.at = &r->actions[i];
		found.why = action_conflict(found.at, r->actions, i);
	}
	return found;
}

/* Conflicts of these actions with each other and with what earlier scripts decided. */
struct rules_conflict rules_conflict(
	const struct sv_result *r, const struct rules_conf *conf, const struct verdict *v)
{
	const struct sv_action *refuses = last_of(r, SV_REFUSES), *sends = last_of(r, SV_SENDS),
			       *gives = last_of(r, SV_PIPES),
			       *nowhere = redirect_to_nowhere(r, v->mem);
	size_t redirects = count_effect(r, SV_SENDS) + count_decided(v, ACTION_REDIRECT);
	size_t pipes = count_effect(r, SV_PIPES) + count_decided(v, ACTION_PIPE);
	bool delivered = count_decided(v, ACTION_STORE) || count_decided(v, ACTION_REDIRECT);
	struct rules_conflict inner = inner_conflict(r);
	if (r->count > LIMIT_RUN_ACTIONS || v->action_count + r->count > LIMIT_RUN_ALL_ACTIONS)
		return (struct rules_conflict){"too many actions", &r->actions[r->count - 1]};
	if (inner.why)
		return inner;
	if (refuses && delivered)
		return (struct rules_conflict){
			"reject cannot go with keep, fileinto or redirect (RFC 5429 section 2.2)",
			refuses};
	if (refuses && pipes)
		return (struct rules_conflict){"reject cannot go with pipe", refuses};
	if (gives && pipes > LIMIT_RUN_PIPES)
		return (struct rules_conflict){"too many pipes", gives};
	if (sends && redirects > conf->max_redirects)
		return (struct rules_conflict){"too many redirects", sends};
	/* The MTA would retry it again and again, and could never deliver. */
	if (nowhere)
		return (struct rules_conflict){"redirect needs one address with a domain", nowhere};
	return (struct rules_conflict){0};
}

/* ---- all of a script ---- */

/*
 * Finds a fileinto that came after the keep and has the same effect: the flags that are given last
 * count (RFC 5232 section 2).
 */
static const struct sv_action *later_store(
	const struct rules_conf *conf, const struct sv_result *result, const struct sv_action *keep)
{
	const struct sv_action *last = keep;
	for (size_t i = 0; conf->keep_folder.n == 0 && i < result->count; i++) {
		const struct sv_action *a = &result->actions[i];
		if (a->kind->effect == SV_STORES && a->given > last->given &&
			str_ieq(a->argument, STR_LIT("INBOX")))
			last = a;
	}
	return last;
}

static void take_tracked(const struct sv_result *result, struct verdict *v)
{
	for (size_t i = 0; i < result->tracked_count; i++) {
		const struct sv_tracked *t = &result->tracked[i];
		*(struct tracked *)ARENA_PUSH(v->mem, v->tracked, v->tracked_count) =
			(struct tracked){t->handle, t->id, t->seconds};
	}
}

bool rules_take(const struct rules_conf *conf, const struct sv_result *result,
	struct sv_input *next, struct verdict *v, struct rules_keep *keep)
{
	take_tracked(result, v);
	bool only_discards = count_effect(result, SV_DROPS) == result->count;
	bool kept = result->implicit_keep || result->count == 0;
	if (kept)
		keep->flags = flags_of(&result->keep);
	/* Later scripts see the message as this one changed it, however it was kept. */
	keep->changes = next->changes = result->keep.changes;
	for (size_t i = 0; i < result->count; i++) {
		const struct sv_action *a = &result->actions[i];
		if (a->kind == &action_keep) {
			kept = true;
			keep->reason = place_of(a);
			keep->flags = flags_of(later_store(conf, result, a));
			keep->changes = a->changes;
		} else if (a->kind->effect != SV_DROPS || only_discards) {
			add_action(v, a);
		}
	}
	next->flags = keep->flags;
	return kept;
}
