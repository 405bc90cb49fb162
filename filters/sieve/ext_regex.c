/* regex (draft-murchison-sieve-regex): the match type :regex. */
#include "filters/sieve/check.h"
#include "filters/sieve/regex.h"
#include "filters/sieve/run.h"

#include <string.h>

static bool is_caseless(const struct sv_comparator *c)
{
	return strcmp(c->name, "i;octet") != 0;
}

static const void *prepare(const struct match_key *key, struct arena *mem, const char **why)
{
	return regex_new(key->text, is_caseless(key->comparator), mem, why);
}

static int match(struct match *m, struct sv_value *value, const struct match_key *key)
{
	const struct regex *r = key->data;
	size_t groups = regex_groups(r), *places = NULL;
	if (run_charge(m->run, m->node, regex_cost(r, value->text.n)) < 0 ||
		run_charge_memory(m->run, m->node, regex_memory(value->text)) < 0)
		return -1;
	if (m->run->capturing)
		places = arena_alloc(m->run->mem, 2 * (groups + 1) * sizeof *places);
	int result = regex_match(r, value->text, places, m->run->mem);
	if (result < 0)
		return run_fail(m->run, m->node, "the regular expression takes too much memory");
	/* Unlike with :matches, ${0} is the part that matched. */
	if (result && places)
		match_capture(m->run, str_slice(value->text, places[0], places[1]), value->text,
			places + 2, groups);
	return result;
}

static const struct sv_match_type match_types[] = {
	{.name = ":regex", .needs = SV_PATTERN, .prepare = prepare, .match = match},
	{0},
};

const struct sv_ext sv_ext_regex = {
	.name = "regex", .rfc = "draft-murchison-sieve-regex", .match_types = match_types};
