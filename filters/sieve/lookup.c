#include "filters/sieve/lookup.h"

#include "base/suggest.h"

#include <string.h>

bool lookup_listed(const char *words, struct str name)
{
	struct str rest = str_of(words), word;
	while (str_word(&rest, &word))
		if (str_ieq(word, name))
			return true;
	return false;
}

/* Is it the tag NAME? TAG has a colon, NAME has none. */
static bool is_tag(const char *tag, struct str name)
{
	struct str own = str_of(tag);
	return own.n == name.n + 1 && str_ieq(str_slice(own, 1, own.n), name);
}

/* ---- in one extension ---- */

static bool word_in(struct lookup *l, struct str name, enum sv_role role)
{
	for (const struct sv_word *w = l->ext->words; w && w->name; w++) {
		if (w->role == role && str_ieq(str_of(w->name), name)) {
			l->word = w;
			return true;
		}
	}
	return false;
}

static bool table_tag_in(struct lookup *l, struct str name, const struct sv_word *word)
{
	for (const struct sv_tag *t = l->ext->tags; t && t->name; t++) {
		if (is_tag(t->name, name) && lookup_listed(t->on, str_of(word->name))) {
			l->tag = t;
			return true;
		}
	}
	return false;
}

static bool tag_in(struct lookup *l, struct str name, const struct sv_word *word)
{
	const struct sv_match_type *m = word->takes & SV_MATCHES ? l->ext->match_types : NULL;
	const struct sv_address_part *p =
		word->takes & SV_ADDRESS_PARTS ? l->ext->address_parts : NULL;
	for (; m && m->name; m++) {
		if (is_tag(m->name, name)) {
			l->match = m;
			return true;
		}
	}
	for (; p && p->name; p++) {
		if (is_tag(p->name, name)) {
			l->part = p;
			return true;
		}
	}
	return table_tag_in(l, name, word);
}

static bool comparator_in(struct lookup *l, struct str name)
{
	for (const struct sv_comparator *c = l->ext->comparators; c && c->name; c++) {
		if (str_eq(str_of(c->name), name)) {
			l->comparator = c;
			return true;
		}
	}
	return false;
}

/* ---- in all of them ---- */

/*
 * Goes to the next extension that can be used here, or was required although it cannot. False after
 * the last. Start with {0} and *I = 0.
 */
static bool next_ext(const struct lookup_in *in, size_t *i, struct lookup *l)
{
	while ((l->ext = ext_at(in->host, *i))) {
		l->active = in->active[(*i)++];
		if (l->active || !l->ext->available || l->ext->available(in->host))
			return true;
	}
	return false;
}

/* A hit that can be used is better than the first hit. */
static bool better(struct lookup *best, const struct lookup *found)
{
	if (!best->ext || found->active)
		*best = *found;
	return found->active;
}

/* ---- what was found before ---- */

static const struct lookup *recall(const struct lookup_in *in, struct str name, const void *kind)
{
	const struct lookup_memo *m = in->memo;
	for (size_t i = 0; m && i < m->count; i++)
		if (m->items[i].kind == kind && str_eq(m->items[i].name, name))
			return &m->items[i].found;
	return NULL;
}

/* The name must live as long as the memo: it is the script's or a constant. */
static struct lookup keep(
	const struct lookup_in *in, struct str name, const void *kind, struct lookup found)
{
	struct lookup_memo *m = in->memo;
	if (!m || m->count == LOOKUP_KEPT)
		return found;
	m->items[m->count].name = name;
	m->items[m->count].kind = kind;
	m->items[m->count++].found = found;
	return found;
}

/* ---- the questions ---- */

struct lookup lookup_word(const struct lookup_in *in, struct str name, enum sv_role role)
{
	static const char kinds[] = {[SV_COMMAND] = 0, [SV_TEST] = 0};
	const struct lookup *before = recall(in, name, &kinds[role]);
	struct lookup best = {0}, l = {0};
	if (before)
		return *before;
	for (size_t i = 0; next_ext(in, &i, &l);)
		if (word_in(&l, name, role) && better(&best, &l))
			break;
	return keep(in, name, &kinds[role], best);
}

const struct sv_ext *lookup_off(const struct lookup_in *in, struct str name, enum sv_role role)
{
	struct lookup l = {0};
	for (size_t i = 0; (l.ext = ext_at(in->host, i)); i++)
		if (l.ext->off && !l.ext->available(in->host) && word_in(&l, name, role))
			return l.ext;
	return NULL;
}

struct lookup lookup_tag(const struct lookup_in *in, struct str name, const struct sv_word *word)
{
	const struct lookup *before = recall(in, name, word);
	struct lookup best = {0}, l = {0};
	if (before)
		return *before;
	for (size_t i = 0; next_ext(in, &i, &l); l = (struct lookup){0})
		if (tag_in(&l, name, word) && better(&best, &l))
			break;
	return keep(in, name, word, best);
}

struct lookup lookup_comparator(const struct lookup_in *in, struct str name)
{
	static const char kind = 0;
	const struct lookup *before = recall(in, name, &kind);
	struct lookup best = {0}, l = {0};
	if (before)
		return *before;
	for (size_t i = 0; next_ext(in, &i, &l);)
		if (comparator_in(&l, name) && better(&best, &l))
			break;
	return keep(in, name, &kind, best);
}

/* ---- did you mean ---- */

const char *lookup_similar_word(const struct lookup_in *in, struct str name, enum sv_role role)
{
	struct suggest s = {.word = name};
	struct lookup l = {0};
	for (size_t i = 0; next_ext(in, &i, &l);)
		for (const struct sv_word *w = l.ext->words; w && w->name; w++)
			if (w->role == role)
				suggest_consider(&s, w->name);
	return suggest_best(&s);
}

static void consider_tags(struct suggest *s, const struct sv_ext *ext, const struct sv_word *word)
{
	for (const struct sv_tag *t = ext->tags; t && t->name; t++)
		if (lookup_listed(t->on, str_of(word->name)))
			suggest_consider(s, t->name + 1);
	if (word->takes & SV_MATCHES)
		for (const struct sv_match_type *m = ext->match_types; m && m->name; m++)
			suggest_consider(s, m->name + 1);
	if (word->takes & SV_ADDRESS_PARTS)
		for (const struct sv_address_part *p = ext->address_parts; p && p->name; p++)
			suggest_consider(s, p->name + 1);
}

const char *lookup_similar_tag(
	const struct lookup_in *in, struct str name, const struct sv_word *word)
{
	struct suggest s = {.word = name};
	struct lookup l = {0};
	for (size_t i = 0; next_ext(in, &i, &l);)
		consider_tags(&s, l.ext, word);
	return suggest_best(&s);
}

const char *lookup_similar_ext(const struct lookup_in *in, struct str name)
{
	struct suggest s = {.word = name};
	struct lookup l = {0};
	for (size_t i = 0; next_ext(in, &i, &l);)
		if (l.ext->name)
			suggest_consider(&s, l.ext->name);
	return suggest_best(&s);
}

const char *lookup_similar_comparator(const struct lookup_in *in, struct str name)
{
	struct suggest s = {.word = name};
	struct lookup l = {0};
	for (size_t i = 0; next_ext(in, &i, &l);)
		for (const struct sv_comparator *c = l.ext->comparators; c && c->name; c++)
			suggest_consider(&s, c->name);
	return suggest_best(&s);
}
