#include "base/suggest.h"

#include <string.h>

enum { LONGEST = 48 };

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;
	return m < c ? m : c;
}

/* Levenshtein's distance without case, row by row. */
static unsigned distance(struct str a, struct str b)
{
	unsigned row[LONGEST + 1];
	for (unsigned j = 0; j <= b.n; j++)
		row[j] = j;
	for (unsigned i = 1; i <= a.n; i++) {
		unsigned diagonal = row[0];
		row[0] = i;
		for (unsigned j = 1; j <= b.n; j++) {
			unsigned above = row[j];
			bool same = ascii_lower(a.p[i - 1]) == ascii_lower(b.p[j - 1]);
			row[j] = least(row[j] + 1, row[j - 1] + 1, diagonal + (same ? 0 : 1));
			diagonal = above;
		}
	}
	return row[b.n];
}

void suggest_consider(struct suggest *s, const char *name)
{
	struct str n = str_of(name);
	if (n.n > LONGEST || s->word.n > LONGEST)
		return;
	unsigned d = distance(s->word, n);
	for (size_t i = 0; i < SUGGEST_MOST; i++) {
		if (s->near[i] && d >= s->distances[i])
			continue;
		size_t after = SUGGEST_MOST - i - 1;
		memmove(&s->near[i + 1], &s->near[i], after * sizeof *s->near);
		memmove(&s->distances[i + 1], &s->distances[i], after * sizeof *s->distances);
		s->near[i] = name;
		s->distances[i] = d;
		return;
	}
}

const char *suggest_best(const struct suggest *s)
{
	size_t allowed = s->word.n < 4 ? 1 : s->word.n / 3 + 1;
	return s->near[0] && s->distances[0] <= allowed ? s->near[0] : NULL;
}
