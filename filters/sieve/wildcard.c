#include "filters/sieve/wildcard.h"

#include <string.h>

/* ---- patterns ---- */

struct parser {
	struct wildcard *w;
	struct arena *mem;
	char *text; /* the text of the segment that is being read */
	bool *any;
	size_t n;
	bool has_any;
};

static void start_segment(struct parser *p)
{
	p->text += p->n;
	p->any += p->n;
	p->n = 0;
	p->has_any = false;
}

static void end_segment(struct parser *p)
{
	struct wildcard_segment *s = ARENA_PUSH(p->mem, p->w->segments, p->w->count);
	*s = (struct wildcard_segment){{p->text, p->n}, p->has_any ? p->any : NULL};
	p->w->has_any |= p->has_any;
	start_segment(p);
}

struct wildcard *wildcard_parse(struct str pattern, struct arena *mem)
{
	struct parser p = {.w = arena_alloc(mem, sizeof *p.w), .mem = mem};
	p.text = arena_alloc(mem, pattern.n + 1);
	p.any = arena_alloc(mem, (pattern.n + 1) * sizeof *p.any);
	for (size_t i = 0; i < pattern.n; i++) {
		char c = pattern.p[i];
		if (c == '*') {
			p.w->wildcards++;
			end_segment(&p);
			continue;
		}
		if (c == '?') {
			p.w->wildcards++;
			p.any[p.n] = p.has_any = true;
		} else if (c == '\\' && i + 1 < pattern.n) {
			c = pattern.p[++i];
		}
		p.text[p.n++] = c;
	}
	end_segment(&p);
	return p.w;
}

/* ---- matching ---- */

struct matcher {
	const struct sv_folded *text;
	size_t at; /* matched up to here */
	unsigned long long steps, most;
	size_t *places; /* where the places of the next wildcard go; NULL: not wanted */
};

/* The end of the character that starts at byte AT of the folded text. */
static size_t character_end(const struct sv_folded *t, size_t at)
{
	size_t end = at + 1;
	while (t->origin && end < t->text.n && t->origin[end] == t->origin[at])
		end++;
	return end;
}

static void took(struct matcher *m, size_t from, size_t to)
{
	if (!m->places)
		return;
	*m->places++ = m->text->origin ? m->text->origin[from] : from;
	*m->places++ = m->text->origin ? m->text->origin[to] : to;
}

/* Does the segment match at byte FROM? *END is the place after it. */
static bool fits_at(struct matcher *m, const struct wildcard_segment *s, size_t from, size_t *end)
{
	struct str t = m->text->text;
	size_t at = from;
	m->steps++;
	if (!s->any && s->text.n > t.n - at)
		return false;
	for (size_t i = 0; i < s->text.n; i++) {
		if (at >= t.n)
			return false;
		m->steps++;
		if (s->any && s->any[i])
			at = character_end(m->text, at);
		else if (t.p[at++] != s->text.p[i])
			return false;
	}
	*end = at;
	return true;
}

/* Finds the first place from m->at on where the segment matches. */
static bool find(struct matcher *m, const struct wildcard_segment *s, size_t *from, size_t *end)
{
	struct str t = m->text->text;
	if (!s->any) {
		const char *hit = s->text.n ? memmem(t.p + m->at, t.n - m->at, s->text.p, s->text.n)
					    : t.p + m->at;
		*from = hit ? (size_t)(hit - t.p) : t.n;
		m->steps += (*from - m->at) / 16 + 1;
		*end = *from + s->text.n;
		return hit != NULL;
	}
	for (*from = m->at; *from < t.n && m->steps <= m->most; ++*from)
		if (fits_at(m, s, *from, end))
			return true;
	return false;
}

/* The same for a segment that must match at the end of the text. */
static bool find_last(
	struct matcher *m, const struct wildcard_segment *s, size_t *from, size_t *end)
{
	size_t n = m->text->text.n;
	if (!m->text->origin || !s->any) {
		*from = n - s->text.n;
		return s->text.n <= n - m->at && fits_at(m, s, *from, end);
	}
	for (*from = m->at; *from <= n && m->steps <= m->most; ++*from)
		if (fits_at(m, s, *from, end) && *end == n)
			return true;
	return false;
}

/* The segment matches from FROM to END: notes what its `?` took, and moves on. */
static void accept(struct matcher *m, const struct wildcard_segment *s, size_t from, size_t end)
{
	size_t at = from;
	for (size_t i = 0; s->any && m->places && i < s->text.n; i++) {
		size_t next = s->any[i] ? character_end(m->text, at) : at + 1;
		if (s->any[i])
			took(m, at, next);
		at = next;
	}
	m->at = end;
}

static bool fits(struct matcher *m, const struct wildcard *w)
{
	size_t from = 0, end = 0;
	if (!fits_at(m, &w->segments[0], 0, &end))
		return false;
	accept(m, &w->segments[0], 0, end);
	for (size_t i = 1; i < w->count; i++) {
		const struct wildcard_segment *s = &w->segments[i];
		bool last = i + 1 == w->count;
		if (!(last ? find_last(m, s, &from, &end) : find(m, s, &from, &end)))
			return false;
		took(m, m->at, from);
		accept(m, s, from, end);
	}
	return m->at == m->text->text.n;
}

int wildcard_match(const struct wildcard *w, const struct sv_folded *text, size_t *places,
	unsigned long long *steps)
{
	struct matcher m = {.text = text, .places = places, .most = *steps};
	bool good = fits(&m, w);
	*steps = m.steps;
	return m.steps > m.most ? -1 : good;
}
