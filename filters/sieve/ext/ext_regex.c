/* regex (draft-murchison-sieve-regex): the match type :regex. */
#include "filters/sieve/check.h"
#include "filters/sieve/match.h"
#include "filters/sieve/regex.h"
#include "filters/sieve/run.h"

#include <string.h>

static bool is_caseless(const struct sv_comparator *c)
{
	return strcmp(c->name, "i;octet") != 0;
}

static const void *prepare(
	const struct match_key *key, struct arena *mem, unsigned long long *steps, const char **why)
{
	return regex_new(key->text, is_caseless(key->comparator), mem, steps, why);
}

static int match(struct match *m, struct sv_value *value, const struct match_key *key)
{
	const struct regex *r = key->data;
	size_t groups = regex_groups(r), places[2 * (LIMIT_SCRIPT_MATCH_VARIABLES + 1)];
	unsigned long long steps = run_steps_left(m->run);
	struct arena_mark before = arena_mark(m->run->scratch);
	bool capturing = m->run->capturing;
	int result =
		regex_match(r, value->text, capturing ? places : NULL, &steps, m->run->scratch);
	arena_reset(m->run->scratch, before);
	if (run_charge(m->run, m->node, steps) < 0)
		return -1;
	/* Unlike with :matches, ${0} is only the part that matched. */
	if (result > 0 && capturing)
		match_capture(m->run, str_slice(value->text, places[0], places[1]), value->text,
			places + 2, groups);
	return result;
}

static const struct sv_match_type match_types[] = {
	{.name = ":regex", .needs = SV_PATTERN, .prepare = prepare, .match = match},
	{0},
};

const struct sv_ext ext_regex = {
	.name = "regex", .rfc = "draft-murchison-sieve-regex", .match_types = match_types};
