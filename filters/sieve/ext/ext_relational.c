/* relational (RFC 5231): :count and :value. */
#include "filters/sieve/check.h"
#include "filters/sieve/match.h"
#include "filters/sieve/run.h"

#include <string.h>

static const struct relation {
	const char *name;
	bool less, equal, greater;
} relations[] = {
	{"gt", false, false, true},
	{"ge", false, true, true},
	{"lt", true, false, false},
	{"le", true, true, false},
	{"eq", false, true, false},
	{"ne", true, false, true},
};

static const struct relation *find(struct str name)
{
	for (size_t i = 0; i < sizeof relations / sizeof *relations; i++)
		if (str_ieq(name, str_of(relations[i].name)))
			return &relations[i];
	return NULL;
}

static void check_relation(struct check *c, const struct sv_node *node, const struct sv_string *s)
{
	(void)node;
	if (!find(s->text))
		check_error(c, s->place,
			"\"" STR_FMT "\" is not a relation; write gt, ge, lt, le, eq or ne",
			STR_ARGS(s->text));
}

static void check_constants(struct check *c, struct sv_node *node)
{
	const struct sv_string *s = &node->match_tag->value.strings[0];
	if (s->piece_count)
		check_error(c, s->place, "the relation must be constant");
	else
		check_relation(c, node, s);
}

static bool holds(const struct match *m, struct str value, struct str key)
{
	const struct relation *r = find(m->node->match_tag->value.strings[0].text);
	const struct sv_comparator *c = m->node->comparator;
	int order = c->order ? c->order(value, key) : str_compare(value, key);
	return order < 0 ? r->less : order > 0 ? r->greater : r->equal;
}

static int match_value_of(struct match *m, struct sv_value *value, const struct match_key *key)
{
	return holds(m, match_folded(m, value).text, key->folded);
}

static int match_count(struct match *m, size_t count, const struct match_key *key)
{
	struct sv_value value = {.text = arena_fmt(m->run->mem, "%zu", count)};
	bool result = holds(m, match_folded(m, &value).text, key->folded);
	run_tell_match(m, &value, key, result);
	return result;
}

static const struct sv_match_type match_types[] = {
	{
		.name = ":value",
		.value = {.type = SV_STRING, .what = "a relation"},
		.needs = SV_ORDER,
		.check = check_constants,
		.match = match_value_of,
	},
	{
		.name = ":count",
		.value = {.type = SV_STRING, .what = "a relation"},
		.needs = SV_ORDER,
		.check = check_constants,
		.match_count = match_count,
	},
	{0},
};

const struct sv_ext ext_relational = {
	.name = "relational", .rfc = "RFC 5231", .match_types = match_types};
