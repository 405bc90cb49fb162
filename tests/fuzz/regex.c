/* Regular expressions beside those of the C library: what matches, and where. */
#include "filters/sieve/regex.h"

#include "tests/fuzz/fuzz.h"

#include <regex.h>
#include <string.h>

enum { MOST_STEPS = 20 * 1000 * 1000, OTHER_MOST = 40 };

static const char *const words[] = {"(", ")", "|", "*", "+", "?", "{2,5}", "{0}", "{255}", "[^a-z]",
	"[[:alpha:]]", "[]a]", ".", "^", "$", "\\", "(a*)*", "(a|b)", "a{1,9}", "(((", ")))",
	"\xc3\xa9", "[\xc3\xa9-\xc3\xbc]", "\\(", NULL};

/*
 * What both read alike: no control characters, nothing beyond ASCII, and no escape but of what is
 * special.
 */
static bool is_common(struct str pattern)
{
	for (size_t i = 0; i < pattern.n; i++) {
		if ((unsigned char)pattern.p[i] < ' ' || (unsigned char)pattern.p[i] > '~')
			return false;
		if (pattern.p[i] == '\\' &&
			(i + 1 == pattern.n || !strchr(".[]()*+?{}|^$\\", pattern.p[++i])))
			return false;
	}
	return pattern.n < OTHER_MOST;
}

static bool is_between(char c, char first, char last)
{
	return c >= first && c <= last;
}

/*
 * Without case the C library folds the ends of a range and what is looked for, so that "[+-c]" does
 * not hold x, of which it holds the capital letter.
 */
static bool has_mixed_range(struct str pattern)
{
	for (size_t i = 1; i + 1 < pattern.n; i++) {
		char first = pattern.p[i - 1], last = pattern.p[i + 1];
		bool lower = is_between(first, 'a', 'z') && is_between(last, 'a', 'z');
		bool digits = is_between(first, '0', '9') && is_between(last, '0', '9');
		if (pattern.p[i] == '-' && !lower && !digits)
			return true;
	}
	return false;
}

/* Counts of counts make an automaton of the library's that does not fit into memory. */
static size_t weight(struct str pattern)
{
	size_t braces = 0;
	for (size_t i = 0; i < pattern.n; i++)
		braces += pattern.p[i] == '{';
	return braces;
}

static void compare(struct str pattern, struct str text, bool ignore_case, int result,
	const size_t *places, struct arena *mem)
{
	regex_t other;
	regmatch_t at[1];
	if (!is_common(pattern) || weight(pattern) > 1 || text.n > 2 * OTHER_MOST ||
		str_find(text, '\0') < text.n)
		return;
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] > '~')
			return;
	if (ignore_case && has_mixed_range(pattern))
		return;
	if (regcomp(&other, arena_cstr(mem, pattern),
		    REG_EXTENDED | (ignore_case ? REG_ICASE : 0)) != 0)
		return;
	bool matches = regexec(&other, arena_cstr(mem, text), 1, at, 0) == 0;
	regfree(&other);
	FUZZ_CHECK(result >= 0 && matches == (result == 1));
	if (matches)
		FUZZ_CHECK(places[0] == (size_t)at[0].rm_so && places[1] == (size_t)at[0].rm_eo);
}

static void run(struct str input, struct arena *mem)
{
	bool ignore_case = fuzz_choose(&input, 2);
	struct str pattern = fuzz_field(&input), text = input;
	const char *why = NULL;
	unsigned long long built = 0;
	struct regex *r = regex_new(pattern, ignore_case, mem, &built, &why);
	FUZZ_CHECK(built <= MOST_STEPS);
	if (!r) {
		FUZZ_CHECK(why && *why);
		return;
	}
	unsigned long long steps = MOST_STEPS, again = MOST_STEPS;
	size_t groups = regex_groups(r),
	       *places = arena_alloc(mem, 2 * (groups + 1) * sizeof *places);
	int result = regex_match(r, text, places, &steps, mem);
	for (size_t i = 0; result == 1 && i <= groups; i++)
		FUZZ_CHECK(places[2 * i] <= places[2 * i + 1] && places[2 * i + 1] <= text.n);
	int plain = regex_match(r, text, NULL, &again, mem);
	FUZZ_CHECK(plain == result || plain < 0 || result < 0);
	compare(pattern, text, ignore_case, result, places, mem);
}

static void seeds(struct arena *mem)
{
	static const char *const pairs[][2] = {{"(a|ab)(c|bcd)(d*)", "abcd"},
		{"^x*(ab?)*$", "xxabaab"}, {"[[:digit:]]{3,5}", "a1234567"},
		{"(a*)(ab)*(b*)", "abb"}, {"(^|,)a($|,)", "b,a"}, {"a{2}|b+?", "aab"},
		{"[^]a-c]+", "]xyzabc"}};
	struct str as = fuzz_repeat(mem, STR_LIT("a"), 500);
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		fuzz_seed(arena_fmt(mem, "%c%s\xff%s", 0, pairs[i][0], pairs[i][1]));
		fuzz_seed(arena_fmt(mem, "%c%s\xff%s", 1, pairs[i][0], pairs[i][1]));
	}
	fuzz_seed(arena_fmt(mem, "%c" STR_FMT "b\xff" STR_FMT, 0,
		STR_ARGS(fuzz_repeat(mem, STR_LIT("(a*)"), 100)), STR_ARGS(as)));
	fuzz_seed(arena_fmt(mem, "%c((a{200}){200}){200}\xff" STR_FMT, 0, STR_ARGS(as)));
	fuzz_seed(arena_fmt(mem, "%c" STR_FMT "\xff" STR_FMT, 0,
		STR_ARGS(fuzz_repeat(mem, STR_LIT("("), 300)), STR_ARGS(as)));
}

const struct fuzz_target fuzz_target = {
	.run = run, .seeds = seeds, .words = words, .quick_runs = 2500};
