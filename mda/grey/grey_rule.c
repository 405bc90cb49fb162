#include "mda/grey/grey_rule.h"

/* Of a client one pass an hour counts: many recipients at a time do not make it allowed. */
enum { PASS_EACH = 3600 };

bool grey_rule_defers(enum grey_outcome outcome)
{
	return outcome == GREY_NEW || outcome == GREY_EARLY;
}

static bool has_passed(const struct grey_terms *t, const struct grey_seen *seen)
{
	return seen->last - seen->first >= t->delay;
}

bool grey_rule_forgets(const struct grey_terms *t, const struct grey_seen *seen, int64_t now)
{
	int64_t age = now - seen->last;
	return seen->last == 0 || age > t->lifetime ||
	       (!has_passed(t, seen) && now - seen->first > t->window);
}

bool grey_rule_forgets_client(
	const struct grey_terms *t, const struct grey_passes *passes, int64_t now)
{
	return passes->last == 0 || now - passes->last > t->lifetime;
}

/* A clock that was set back must not stop it for longer than an hour. */
static bool is_hour_over(const struct grey_passes *passes, int64_t now)
{
	return now >= passes->last + PASS_EACH || now < passes->last;
}

static bool is_client_allowed(
	const struct grey_terms *t, int64_t now, struct grey_passes *passes, bool *changed)
{
	if (grey_rule_forgets_client(t, passes, now))
		*passes = (struct grey_passes){0, 0};
	if (t->auto_allow == 0 || passes->count < t->auto_allow)
		return false;
	if (is_hour_over(passes, now)) {
		*passes = (struct grey_passes){passes->count + 1, now};
		*changed = true;
	}
	return true;
}

static void count_pass(
	const struct grey_terms *t, int64_t now, struct grey_passes *passes, bool *changed)
{
	if (t->auto_allow == 0 || (passes->last && now < passes->last + PASS_EACH))
		return;
	*passes = (struct grey_passes){passes->count + 1, now};
	*changed = true;
}

struct grey_ruling grey_rule(
	const struct grey_terms *t, int64_t now, struct grey_seen *seen, struct grey_passes *passes)
{
	struct grey_ruling r = {.outcome = GREY_CLIENT};
	if (is_client_allowed(t, now, passes, &r.has_passes))
		return r;
	bool was_seen = !grey_rule_forgets(t, seen, now);
	bool had_passed = was_seen && has_passed(t, seen);
	if (!was_seen || seen->first > now)
		seen->first = now;
	seen->last = now;
	r.has_seen = true;
	int64_t waited = now - seen->first;
	if (waited < t->delay) {
		r.outcome = waited ? GREY_EARLY : GREY_NEW;
		r.seconds = t->delay - waited;
		return r;
	}
	r.outcome = had_passed ? GREY_KNOWN : GREY_DELAYED;
	r.seconds = waited;
	if (!had_passed)
		count_pass(t, now, passes, &r.has_passes);
	return r;
}
