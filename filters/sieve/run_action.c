/* Takes an action: applies what changes it, and checks it against those taken before. */
#include "filters/sieve/edit.h"
#include "filters/sieve/run.h"
#include "filters/sieve/run_trace.h"

static int apply_tags(struct sv_run *run, const struct sv_node *node, struct sv_action *a)
{
	for (size_t i = 0; i < node->tag_count; i++) {
		const struct sv_tagged *t = &node->tags[i];
		if (t->tag->apply && t->tag->apply(run, node, t, a) < 0)
			return -1;
	}
	const struct sv_ext *ext;
	for (size_t i = 0; (ext = ext_at(run->script->host, i)); i++)
		if (ext->action && (run->script->active[i] || run->states[i]) &&
			ext->action(run, node, a) < 0)
			return -1;
	return 0;
}

static void tell_action(struct sv_run *run, const struct sv_node *node, const struct sv_action *a)
{
	struct buf text = {0};
	struct sv_event e = run_event(run, node, SV_EVENT_ACTION);
	if (!run_is_traced(run))
		return;
	action_describe(a, &text);
	e.text = buf_str(&text);
	run_tell(run, &e);
	buf_free(&text);
}

/*
 * Was the same action taken already? Then the flags that were given last count (RFC 5232 section
 * 2.1).
 */
static bool is_taken(const struct sv_result *r, const struct sv_action *a)
{
	for (size_t i = 0; i < r->count; i++) {
		struct sv_action *old = &r->actions[i];
		if (old->kind != a->kind || !a->kind->same || !a->kind->same(old, a))
			continue;
		old->given = a->given;
		old->changes = a->changes;
		old->properties = a->properties;
		old->property_count = a->property_count;
		return true;
	}
	return false;
}

static int check_counts(struct sv_run *run, const struct sv_node *node, const struct sv_action *a)
{
	const struct sv_result *r = run->result;
	size_t sent = 0;
	for (size_t i = 0; i < r->count; i++)
		sent += r->actions[i].kind->effect == SV_SENDS;
	if (r->count >= run->limits->actions)
		return run_fail(run, node, "too many actions: more than %zu", run->limits->actions);
	if (a->kind->effect == SV_SENDS && sent >= run->limits->redirects)
		return run_fail(
			run, node, "too many redirects: more than %zu", run->limits->redirects);
	return 0;
}

enum sv_flow run_action(struct sv_run *run, const struct sv_node *node, struct sv_action action)
{
	struct sv_result *r = run->result;
	action.script = node->script->name;
	action.line = node->place.line;
	action.given = ++run->given;
	/* After a change, the message is put together again. */
	if (run->changed && !run->changes && run_charge(run, node, run->header.count) < 0)
		return SV_FAIL;
	action.changes = edit_changes(run);
	if (apply_tags(run, node, &action) < 0)
		return SV_FAIL;
	tell_action(run, node, &action);
	if (!action.copy && action.kind->effect != SV_ANSWERS)
		r->implicit_keep = false;
	if (is_taken(r, &action))
		return SV_NEXT;
	const char *why = action_conflict(&action, r->actions, r->count);
	if (why) {
		run_fail(run, node, "%s", why);
		return SV_FAIL;
	}
	if (check_counts(run, node, &action) < 0)
		return SV_FAIL;
	*(struct sv_action *)ARENA_PUSH(run->mem, r->actions, r->count) = action;
	return SV_NEXT;
}
