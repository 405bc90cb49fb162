#include "mda/tools/lists/lists_cover.h"

#include "base/buf.h"

#include <string.h>

/* ---- probes ---- */

enum {
	RUN = 330,   /* longer than any entry: only a star matches so many characters */
	STRANGE = 1, /* a character that no entry has */
};

/* Replaces each star by N of the strange characters. */
static void add_filled(struct buf *to, struct str pattern, size_t n)
{
	for (size_t i = 0; i < pattern.n; i++) {
		if (pattern.p[i] != '*') {
			buf_byte(to, pattern.p[i]);
			continue;
		}
		memset(buf_grow(to, n), STRANGE, n);
		to->n += n;
	}
}

static void add_probe(
	struct cover *c, struct str local, struct str domain, size_t n, struct arena *mem)
{
	struct buf b = {0};
	add_filled(&b, local, n);
	buf_byte(&b, '@');
	add_filled(&b, domain, n);
	c->probes[c->count++] = arena_str(mem, buf_str(&b));
	buf_free(&b);
}

/*
 * A pattern that matches the entry with its stars empty, and also with its stars replaced by more
 * characters than a pattern can have, has stars in the same places. `*domain` is two patterns.
 */
struct cover lists_cover_of(const struct wild *w, struct arena *mem)
{
	struct cover c = {0};
	struct str whole = w->subdomains ? str_slice(w->domain, 2, w->domain.n) : w->domain;
	add_probe(&c, w->local, w->domain, 0, mem);
	if (str_find(w->local, '*') == w->local.n && str_find(w->domain, '*') == w->domain.n)
		return c;
	add_probe(&c, w->local, w->domain, RUN, mem);
	if (w->subdomains) {
		add_probe(&c, w->local, whole, 0, mem);
		add_probe(&c, w->local, whole, RUN, mem);
	}
	return c;
}

/* ---- in a list ---- */

struct search {
	unsigned *lines; /* of the entries that match all probes so far */
	size_t count;
	unsigned *kept; /* those of them that also match this probe */
	size_t kept_count;
	size_t probe;
	const struct cover *cover;
	list_hit_visit *hit;
	void *context;
	struct arena *mem;
};

static bool holds(const unsigned *lines, size_t count, unsigned line)
{
	for (size_t i = 0; i < count; i++)
		if (lines[i] == line)
			return true;
	return false;
}

static void on_hit(void *context, const struct list_hit *hit)
{
	struct search *s = context;
	if (s->probe && !holds(s->lines, s->count, hit->line))
		return;
	if (holds(s->kept, s->kept_count, hit->line))
		return;
	*(unsigned *)ARENA_PUSH(s->mem, s->kept, s->kept_count) = hit->line;
	if (s->probe + 1 == s->cover->count)
		s->hit(s->context, hit);
}

int lists_cover_search(struct list_map *map, const struct cover *cover, unsigned today,
	list_hit_visit *hit, void *context, struct err *err)
{
	struct search s = {.cover = cover, .hit = hit, .context = context, .mem = arena_new()};
	int r = 0;
	for (; s.probe < cover->count && r == 0; s.probe++) {
		r = list_map_search(map, &cover->probes[s.probe], 1, today, on_hit, &s, err);
		s.lines = s.kept;
		s.count = s.kept_count;
		s.kept = NULL;
		s.kept_count = 0;
	}
	arena_free(s.mem);
	return r;
}
