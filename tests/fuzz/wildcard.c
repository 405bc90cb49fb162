/*
 * The wildcards of :matches, beside a matcher that tries everything: the result, and what each
 * wildcard took.
 */
#include "filters/sieve/wildcard.h"

#include "filters/sieve/lookup.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

enum { NAIVE_MOST = 200, MOST_STEPS = 100 * 1000 * 1000 };

static const char *const words[] = {"*", "?", "\\*", "\\", "*a", "a?", "??", "\xc3\xa9", "\xc3",
	"e\xcc\x81", "A", "\xc3\x9f", "\xef\xac\x81", NULL};

static const struct sv_comparator *comparator(const char *name)
{
	const struct sv_ext *ext;
	for (size_t i = 0; (ext = ext_at(NULL, i)); i++)
		for (const struct sv_comparator *c = ext->comparators; c && c->name; c++)
			if (strcmp(c->name, name) == 0)
				return c;
	fuzz_fail("there is no comparator %s", name);
}

/* A pattern as a list of what it is made of: a byte, or one of the wildcards. */
enum { ANY_RUN = 256, ANY_ONE = 257 };

struct naive {
	int *pattern;
	size_t count;
	const struct sv_folded *text;
	bool *fits; /* by place in the pattern and place in the text */
};

static size_t next_character(const struct sv_folded *t, size_t at)
{
	size_t end = at + 1;
	while (t->origin && end < t->text.n && t->origin[end] == t->origin[at])
		end++;
	return end;
}

static void read_pattern(struct naive *n, struct str pattern, struct arena *mem)
{
	n->pattern = arena_alloc(mem, (pattern.n + 1) * sizeof *n->pattern);
	for (size_t i = 0; i < pattern.n; i++) {
		char c = pattern.p[i];
		int is = c == '*' ? ANY_RUN : c == '?' ? ANY_ONE : (unsigned char)c;
		if (c == '\\' && i + 1 < pattern.n)
			is = (unsigned char)pattern.p[++i];
		n->pattern[n->count++] = is;
	}
}

static bool *cell(const struct naive *n, size_t p, size_t t)
{
	return &n->fits[p * (n->text->text.n + 1) + t];
}

static bool works(const struct naive *n, size_t p, size_t t)
{
	struct str text = n->text->text;
	if (p == n->count)
		return t == text.n;
	if (n->pattern[p] == ANY_RUN)
		return *cell(n, p + 1, t) || (t < text.n && *cell(n, p, t + 1));
	if (t == text.n)
		return false;
	if (n->pattern[p] == ANY_ONE)
		return *cell(n, p + 1, next_character(n->text, t));
	return (unsigned char)text.p[t] == n->pattern[p] && *cell(n, p + 1, t + 1);
}

static void fill(struct naive *n, struct arena *mem)
{
	n->fits = arena_alloc(mem, (n->count + 1) * (n->text->text.n + 1));
	for (size_t p = n->count + 1; p-- > 0;)
		for (size_t t = n->text->text.n + 1; t-- > 0;)
			*cell(n, p, t) = works(n, p, t);
}

/* Each run takes as little as the rest allows, from the left. */
static void check_places(const struct naive *n, const size_t *places)
{
	const size_t *origin = n->text->origin;
	size_t t = 0;
	for (size_t p = 0; p < n->count; p++) {
		size_t from = t;
		if (n->pattern[p] == ANY_RUN)
			while (!*cell(n, p + 1, t))
				t++;
		else
			t = n->pattern[p] == ANY_ONE ? next_character(n->text, t) : t + 1;
		if (n->pattern[p] < ANY_RUN)
			continue;
		FUZZ_CHECK(*places++ == (origin ? origin[from] : from));
		FUZZ_CHECK(*places++ == (origin ? origin[t] : t));
	}
}

static void compare(struct str pattern, const struct sv_folded *text, const struct wildcard *w,
	bool matches, const size_t *places, struct arena *mem)
{
	struct naive n = {.text = text};
	read_pattern(&n, pattern, mem);
	fill(&n, mem);
	FUZZ_CHECK(matches == *cell(&n, 0, 0));
	unsigned long long steps = MOST_STEPS;
	FUZZ_CHECK(wildcard_match(w, text, NULL, &steps) == matches);
	if (matches)
		check_places(&n, places);
}

static void run(struct str input, struct arena *mem)
{
	static const char *const names[] = {"i;octet", "i;ascii-casemap", "i;unicode-casemap"};
	const struct sv_comparator *by = comparator(names[fuzz_choose(&input, 3)]);
	struct str pattern = by->fold(fuzz_field(&input), mem).text;
	struct sv_folded text = by->fold(input, mem);
	struct wildcard *w = wildcard_parse(pattern, mem);
	unsigned long long steps = MOST_STEPS;
	size_t *places = arena_alloc(mem, 2 * (w->wildcards + 1) * sizeof *places);
	int matches = wildcard_match(w, &text, places, &steps);
	FUZZ_CHECK(steps <= 2 * MOST_STEPS);
	if (pattern.n <= NAIVE_MOST && text.text.n <= NAIVE_MOST) {
		FUZZ_CHECK(matches >= 0);
		compare(pattern, &text, w, matches, places, mem);
	}
}

static void seeds(struct arena *mem)
{
	struct str marks = fuzz_repeat(mem, STR_LIT("?a"), 500),
		   as = fuzz_repeat(mem, STR_LIT("a"), 500);
	for (int i = 0; i < 3; i++) {
		fuzz_seed(arena_fmt(
			mem, "%c*" STR_FMT "b*\xff" STR_FMT, i, STR_ARGS(marks), STR_ARGS(as)));
		fuzz_seed(arena_fmt(mem,
			"%c*a?b\\*c*\xff"
			"xxa\xc3\xa9"
			"b*cyy",
			i));
		fuzz_seed(arena_fmt(mem,
			"%c*?\xff"
			"cafe\xcc\x81",
			i));
	}
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 5000};
