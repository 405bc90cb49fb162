/* The wildcards of the block and allow lists, beside a matcher that tries everything. */
#include "base/wild.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "tests/fuzz/fuzz.h"

enum { NAIVE_MOST = 300 };

static const char *const words[] = {"*", "?", "*a", "a*", "??", "\xc3\xa9", "\xc3", "@",
	"*.example.org", "*@*", ".", "a@b.c", "\"a b\"@c.d", "*example.org", "xn--", NULL};

static size_t character(struct str s)
{
	struct str rest = s;
	uint32_t ignored;
	return utf8_next(&rest, &ignored) ? s.n - rest.n : 1;
}

/* By a table: does the pattern after each place match the text after each place? */
static bool naive(struct str pattern, struct str text, struct arena *mem)
{
	size_t width = text.n + 1;
	bool *fits = arena_alloc(mem, (pattern.n + 1) * width);
	for (size_t p = pattern.n + 1; p-- > 0;)
		for (size_t t = width; t-- > 0;) {
			bool *is = &fits[p * width + t];
			size_t next = t < text.n ? t + character(str_slice(text, t, text.n)) : t;
			if (p == pattern.n)
				*is = t == text.n;
			else if (pattern.p[p] == '*')
				*is = fits[(p + 1) * width + t] ||
				      (t < text.n && fits[p * width + next]);
			else if (t < text.n && pattern.p[p] == '?')
				*is = fits[(p + 1) * width + next];
			else
				*is = t < text.n && pattern.p[p] == text.p[t] &&
				      fits[(p + 1) * width + t + 1];
		}
	return fits[0];
}

static void run(struct str input, struct arena *mem)
{
	struct str pattern = fuzz_field(&input), text = input;
	const char *why;
	struct wild w;
	bool matches = pattern.n <= LIMIT_PATTERN && wild_match(pattern, text);
	if (pattern.n <= NAIVE_MOST && text.n <= NAIVE_MOST)
		FUZZ_CHECK(matches == naive(pattern, text, mem));
	if (wild_parse(pattern, mem, &w, &why)) {
		(void)wild_matches(&w, text);
		FUZZ_CHECK(w.literals <= w.local.n + w.domain.n);
	} else {
		FUZZ_CHECK(why && *why);
	}
}

static void seeds(struct arena *mem)
{
	struct str stars = fuzz_repeat(mem, STR_LIT("*a"), 300),
		   as = fuzz_repeat(mem, STR_LIT("a"), 300);
	fuzz_seed(arena_fmt(mem, STR_FMT "b\xff" STR_FMT, STR_ARGS(stars), STR_ARGS(as)));
	fuzz_seed(STR_LIT("*a?b*\xff"
			  "aaxbaaybc"));
	fuzz_seed(STR_LIT("*@*.example.org\xff"
			  "joe@mail.example.org"));
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 14000};
