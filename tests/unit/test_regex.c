/*
 * Regular expressions: random expressions and texts match as in the C library; differences are in a
 * table; and no expression takes more steps than its size times that of the text.
 */
#include "base/buf.h"
#include "base/limits.h"
#include "filters/sieve/regex.h"
#include "tests/unit/table.h"

#include <regex.h>
#include <stdio.h>
#include <string.h>

enum { PLACES = 2 * (LIMIT_SCRIPT_MATCH_VARIABLES + 1), ENOUGH = 100000000 };

static struct arena *mem;

static int match(const char *pattern, struct str text, bool ignore_case, size_t *places)
{
	const char *why;
	unsigned long long steps = 0;
	const struct regex *r = regex_new(str_of(pattern), ignore_case, mem, &steps, &why);
	if (!r)
		fail_msg("%s: %s", pattern, why);
	assert_true(steps > 0);
	steps = ENOUGH;
	int result = regex_match(r, text, places, &steps, mem);
	/* Whether it matches is another way through the same program. */
	unsigned long long again = ENOUGH;
	assert_int_equal(regex_match(r, text, NULL, &again, mem), result);
	return result;
}

/* ---- by chance ---- */

struct chance {
	const char *name;
	unsigned seed;
};

static unsigned next(unsigned *state, unsigned below)
{
	*state = *state * 1103515245 + 12345;
	return (*state >> 16) % below;
}

static void put_pattern(struct buf *b, unsigned *state, unsigned depth);

static void put_item(struct buf *b, unsigned *state, unsigned depth)
{
	static const char *const items[] = {"a", "b", "c", ".", "[ab]", "[^a]", "[[:upper:]]",
		"\\.", "[a-b.]", "[]b]", "\\w", "\\W", "B", "[^[:alpha:]]"};
	static const char *const counts[] = {"*", "+", "?", "{2}", "{0,1}", "{1,2}", "{2,}",
		"{0,3}", "{1}", "*?", "+?", "??", "{2}?", "{,2}", "**"};
	if (depth < 3 && next(state, 4) == 0) {
		buf_byte(b, '(');
		put_pattern(b, state, depth + 1);
		buf_byte(b, ')');
	} else {
		buf_text(b, items[next(state, sizeof items / sizeof *items)]);
	}
	if (next(state, 3) == 0)
		buf_text(b, counts[next(state, sizeof counts / sizeof *counts)]);
}

/*
 * Within counts the C library takes ^ and $ to hold where they do not, so here they are outside of
 * groups.
 */
static void put_pattern(struct buf *b, unsigned *state, unsigned depth)
{
	unsigned branches = next(state, 4) == 0 ? 2 : 1;
	for (unsigned i = 0; i < branches; i++) {
		if (i)
			buf_byte(b, '|');
		if (depth == 0 && next(state, 6) == 0)
			buf_byte(b, '^');
		for (unsigned n = 1 + next(state, 3); n > 0; n--)
			put_item(b, state, depth);
		if (depth == 0 && next(state, 6) == 0)
			buf_byte(b, '$');
	}
}

static void put_text(struct buf *b, unsigned *state)
{
	static const char letters[] = "aabbcAB.]-";
	for (unsigned n = next(state, 12); n > 0; n--)
		buf_byte(b, letters[next(state, sizeof letters - 1)]);
}

/* The whole match; what groups took is not compared, as there the two have different rules. */
static void compare(const char *pattern, const char *text, bool ignore_case)
{
	size_t places[PLACES];
	regex_t theirs;
	regmatch_t whole;
	if (regcomp(&theirs, pattern, REG_EXTENDED | (ignore_case ? REG_ICASE : 0)) != 0)
		fail_msg("the C library does not take %s", pattern);
	bool expected = regexec(&theirs, text, 1, &whole, 0) == 0;
	regfree(&theirs);
	int found = match(pattern, str_of(text), ignore_case, places);
	if (found != expected)
		fail_msg("/%s/ in \"%s\": %d, the C library: %d", pattern, text, found, expected);
	if (found && (places[0] != (size_t)whole.rm_so || places[1] != (size_t)whole.rm_eo))
		fail_msg("/%s/ in \"%s\": %zu-%zu, the C library: %d-%d", pattern, text, places[0],
			places[1], (int)whole.rm_so, (int)whole.rm_eo);
}

static void test_chance(void **state)
{
	enum { PAIRS = 2000 };
	const struct chance *row = *state;
	unsigned random = row->seed;
	for (int i = 0; i < PAIRS; i++) {
		struct buf pattern = {0}, text = {0};
		mem = arena_new();
		put_pattern(&pattern, &random, 0);
		for (int k = 0; k < 4; k++) {
			buf_clear(&text);
			put_text(&text, &random);
			compare(buf_cstr(&pattern), buf_cstr(&text), i % 2);
		}
		arena_free(mem);
		buf_free(&pattern);
		buf_free(&text);
	}
}

static const struct chance chances[] = {
	{"8,000 pairs by chance", 1},
	{"8,000 more", 2},
	{"8,000 others", 3},
	{"the last 8,000", 4},
};

/* ---- groups ---- */

static const struct group_row {
	const char *name, *pattern, *text, *expected;
} group_rows[] = {
	{"the whole is the longest", "a|ab|abc", "xabcx", "1-4"},
	{"the leftmost, though another is longer", "b|bcd|ab", "abcd", "0-2"},
	{"letters beyond ASCII", "[[:alpha:]]+", "1gr\303\274n1", "1-6"},
	{"... Cyrillic, in upper case", "[[:upper:]]+", "\320\260\320\220\320\221b", "2-6"},
	{"... which are no letters when negated", "[^[:alpha:]]+", "\303\2741\302\240x", "2-5"},
	{"... and are of a word", "\\w+", " gr\303\274n.", "1-6"},
	{"... whose edges are after them", "\\bn", "gr\303\274n n", "6-7"},
	{"... within brackets with others", "[[:digit:][:lower:]_]+", "A\303\2741_A", "1-5"},
	{"a blank beyond ASCII", "[[:space:]]", "a\342\200\203b", "1-4"},
	{"digits are ASCII", "[[:digit:]]+", "\331\2411", "2-3"},
	{"the leftmost ends last", "abcd|b", "abcd", "0-4"},
	{"greedy groups", "(a*)(a*)", "aaa", "0-3 0-3 3-3"},
	{"of the longest, the first that is found", "(a|ab)(c|bcd)(d*)", "abcd", "0-4 0-1 1-4 4-4"},
	{"a group that takes no part", "(x)|(a)", "a", "0-1 0-0 0-1"},
	{"its last round", "(a|b)*", "abab", "0-4 3-4"},
	{"written out", "(ab?){2}", "aba", "0-3 2-3"},
	{"not written out at all", "(a){0}b", "ab", "1-2 0-0"},
	{"nested", "((a)(b))c", "xabc", "1-4 1-3 1-2 2-3"},
	{"characters, not bytes", "(.)(.)", "\303\274\303\237", "0-4 0-2 2-4"},
	{"bytes that are no UTF-8", "(.)b(.)", "\374b\303", "0-3 0-1 2-3"},
	{"the leap over what cannot start", "\\bc(d)", "\303\274bcd cd", "6-8 7-8"},
	{"... sees the edge of a word", "\\<cd", "xcd.cd", "4-6"},
	{"nothing at the end", "(b*)$", "aab", "2-3 2-3"},
	{"brackets beyond ASCII", "([\303\240-\303\277x]+)", "ab\303\274x\304\200", "2-5 2-5"},
	{"... negated", "([^\303\240-\303\277]+)", "\303\274ab\303\274", "2-4 2-4"},
	{"an empty branch", "(|a)+b", "aab", "0-3 1-2"},
};

static void test_groups(void **state)
{
	const struct group_row *row = *state;
	size_t places[PLACES];
	struct buf told = {0};
	mem = arena_new();
	const char *why;
	unsigned long long steps = 0;
	const struct regex *r = regex_new(str_of(row->pattern), false, mem, &steps, &why);
	assert_non_null(r);
	assert_int_equal(match(row->pattern, str_of(row->text), false, places), 1);
	for (size_t i = 0; i <= regex_groups(r); i++)
		buf_fmt(&told, "%s%zu-%zu", i ? " " : "", places[2 * i], places[2 * i + 1]);
	assert_string_equal(buf_cstr(&told), row->expected);
	buf_free(&told);
	arena_free(mem);
}

int main(void)
{
	static const struct table tables[] = {
		TABLE(test_chance, chances),
		TABLE(test_groups, group_rows),
	};
	return table_run("regex", tables, sizeof tables / sizeof *tables);
}
