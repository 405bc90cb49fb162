/*
 * The match types :is :contains :matches and the address parts :all :localpart :domain (RFC 5228
 * section 2.7).
 */
#include "filters/sieve/check.h"
#include "filters/sieve/match.h"
#include "filters/sieve/run.h"
#include "filters/sieve/wildcard.h"

#include <string.h>

/* ---- match types ---- */

static int match_is(struct match *m, struct sv_value *value, const struct match_key *key)
{
	return str_eq(match_folded(m, value).text, key->folded);
}

static int match_contains(struct match *m, struct sv_value *value, const struct match_key *key)
{
	struct str v = match_folded(m, value).text, k = key->folded;
	return k.n == 0 || (v.n && memmem(v.p, v.n, k.p, k.n));
}

static const void *prepare_matches(
	const struct match_key *key, struct arena *mem, unsigned long long *steps, const char **why)
{
	(void)why;
	*steps += key->folded.n;
	return wildcard_parse(key->folded, mem);
}

static int match_matches(struct match *m, struct sv_value *value, const struct match_key *key)
{
	const struct wildcard *w = key->data;
	struct sv_folded folded = match_folded(m, value);
	size_t *places = NULL;
	unsigned long long steps = run_steps_left(m->run);
	struct arena_mark before = arena_mark(m->run->scratch);
	if (m->run->capturing)
		places = arena_alloc(m->run->scratch, 2 * w->wildcards * sizeof *places);
	int result = wildcard_match(w, &folded, places, &steps);
	if (result > 0 && places)
		match_capture(m->run, value->text, value->text, places, w->wildcards);
	arena_reset(m->run->scratch, before);
	return run_charge(m->run, m->node, steps) < 0 ? -1 : result;
}

/* Forms write such a test when they are saved before they are filled in. */
static void warn_empty(struct check *c, struct sv_node *node)
{
	bool of_header = node->word->takes & SV_ADDRESS_PARTS ||
			 str_eq(str_of(node->word->name), STR_LIT("header"));
	/* For other tests it asks whether there is anything, for example a part of that type. */
	for (size_t i = 0; of_header && node->keys && i < node->keys->count; i++) {
		const struct sv_string *s = &node->keys->strings[i];
		if (s->text.n == 0 && s->piece_count == 0)
			check_warn(c, s->place, ":contains \"\" matches every value");
	}
}

static const struct sv_match_type match_types[] = {
	{.name = ":is", .needs = SV_EQUALITY, .match = match_is},
	{
		.name = ":contains",
		.needs = SV_SUBSTRING,
		.check = warn_empty,
		.match = match_contains,
	},
	{
		.name = ":matches",
		.needs = SV_SUBSTRING,
		.prepare = prepare_matches,
		.match = match_matches,
	},
	{0},
};

/* ---- address parts ---- */

static bool get_all(const struct address *a, const struct sv_separator *separator, struct str *part)
{
	(void)separator;
	*part = a->spec;
	return true;
}

/* Something that is not an address has no parts (RFC 5228 section 2.7.4). */
static bool get_localpart(
	const struct address *a, const struct sv_separator *separator, struct str *part)
{
	(void)separator;
	*part = a->local;
	return !a->invalid;
}

static bool get_domain(
	const struct address *a, const struct sv_separator *separator, struct str *part)
{
	(void)separator;
	*part = a->domain;
	return !a->invalid && a->domain.n;
}

static const struct sv_address_part address_parts[] = {
	{":all", get_all},
	{":localpart", get_localpart},
	{":domain", get_domain},
	{0},
};

const struct sv_ext ext_matching = {
	.rfc = "RFC 5228", .match_types = match_types, .address_parts = address_parts};
