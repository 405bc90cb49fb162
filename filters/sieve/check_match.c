#include "filters/sieve/check_match.h"

#include "filters/sieve/match.h"

static void add_defaults(const struct check *c, struct sv_node *n)
{
	if (!n->match)
		n->match = lookup_tag(&c->in, STR_LIT("is"), n->word).match;
	if (!n->comparator)
		n->comparator = lookup_comparator(&c->in, STR_LIT("i;ascii-casemap")).comparator;
}

static bool check_ability(struct check *c, const struct sv_node *n)
{
	if ((n->match->needs & n->comparator->abilities) == n->match->needs)
		return true;
	check_error(c, n->match_tag ? n->match_tag->place : n->place,
		"\"%s\" cannot be used with the comparator \"%s\"", n->match->name,
		n->comparator->name);
	return false;
}

static bool prepare_key(
	struct check *c, const struct sv_node *n, const struct sv_string *s, struct match_key *key)
{
	const char *why;
	bool good = match_prepare(
		key, s->text, n->match, n->comparator, c->mem, &c->included->steps, &why);
	if (!good)
		check_error(c, s->place, "%s", why);
	else if (why)
		check_warn(c, s->place, "%s", why);
	return good;
}

static bool prepare_keys(struct check *c, struct sv_node *n)
{
	struct match_key *keys = arena_alloc(c->mem, n->keys->count * sizeof *keys);
	bool good = true;
	n->prepared = keys;
	for (size_t i = 0; i < n->keys->count; i++) {
		const struct sv_string *s = &n->keys->strings[i];
		if (!check_room(c, s->place))
			return false;
		if (s->piece_count == 0)
			good &= prepare_key(c, n, s, &keys[i]);
	}
	return good;
}

bool check_match(struct check *c, struct sv_node *node)
{
	add_defaults(c, node);
	if (!check_ability(c, node))
		return false;
	if (node->match->check)
		node->match->check(c, node);
	return !node->keys || prepare_keys(c, node);
}
