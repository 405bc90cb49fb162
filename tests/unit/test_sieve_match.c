/* Wildcards and comparators: pattern x text x what each wildcard took; comparator x two texts. */
#include "base/io.h"
#include "filters/sieve/lookup.h"
#include "filters/sieve/match.h"
#include "filters/sieve/wildcard.h"
#include "tests/unit/table.h"

#include <string.h>

static const struct sv_comparator *comparator(const char *name)
{
	const struct sv_ext *ext;
	for (size_t i = 0; (ext = ext_at(NULL, i)); i++)
		for (const struct sv_comparator *c = ext->comparators; c && c->name; c++)
			if (strcmp(c->name, name) == 0)
				return c;
	fail_msg("there is no comparator %s", name);
	return NULL;
}

#define OCTET   "i;octet"
#define CASEMAP "i;ascii-casemap"
#define UNICODE "i;unicode-casemap"
#define NUMERIC "i;ascii-numeric"

/* ---- wildcards (RFC 5228 section 2.7.1, RFC 5229 section 3.2) ---- */

/* TAKEN: what each wildcard took, with | after each; NULL: no match. */
static const struct wildcard_row {
	const char *name, *comparator, *pattern, *text, *taken;
} wildcard_rows[] = {
	{"nothing", OCTET, "", "", ""},
	{"nothing against text", OCTET, "", "a", NULL},
	{"text against nothing", OCTET, "a", "", NULL},
	{"the same", OCTET, "abc", "abc", ""},
	{"case counts", OCTET, "abc", "aBc", NULL},
	{"case does not count", CASEMAP, "aBc", "AbC", ""},
	{"star alone", OCTET, "*", "abc", "abc|"},
	{"star against nothing", OCTET, "*", "", "|"},
	{"star in front", OCTET, "*c", "abc", "ab|"},
	{"star after", OCTET, "a*", "abc", "bc|"},
	{"star in the middle", OCTET, "a*c", "abbc", "bb|"},
	{"star that takes nothing", OCTET, "a*c", "ac", "|"},
	{"star, wrong end", OCTET, "a*c", "acb", NULL},
	{"star, ends overlap", OCTET, "ab*ba", "aba", NULL},
	{"stars take little from the left", OCTET, "*a*", "bacad", "b|cad|"},
	{"the last takes the rest", OCTET, "*a", "bacada", "bacad|"},
	{"three stars", OCTET, "*-*-*", "a-b-c-d", "a|b|c-d|"},
	{"stars side by side", OCTET, "a**b", "axyb", "|xy|"},
	{"only stars", OCTET, "***", "ab", "||ab|"},
	{"question mark", OCTET, "?", "a", "a|"},
	{"question mark against nothing", OCTET, "?", "", NULL},
	{"question mark against two", OCTET, "?", "ab", NULL},
	{"question marks", OCTET, "a?c?", "abcd", "b|d|"},
	{"star and question mark", OCTET, "*?", "abc", "ab|c|"},
	{"question mark and star", OCTET, "?*", "abc", "a|bc|"},
	{"star, question mark, star", OCTET, "*?*", "abc", "|a|bc|"},
	{"question mark in a middle segment", OCTET, "*a?b*", "xaabaxbz", "x|a|axbz|"},
	{"question mark in a last segment", OCTET, "*a?c", "abcaxc", "abc|x|"},
	{"escaped star", OCTET, "a\\*b", "a*b", ""},
	{"escaped star is no star", OCTET, "a\\*b", "axb", NULL},
	{"escaped question mark", OCTET, "\\?", "?", ""},
	{"escaped question mark is none", OCTET, "\\?", "a", NULL},
	{"escaped backslash", OCTET, "\\\\", "\\", ""},
	{"escaped backslash and star", OCTET, "\\\\*", "\\ab", "ab|"},
	{"escaped letter", OCTET, "\\a", "a", ""},
	{"backslash at the end", OCTET, "a\\", "a\\", ""},
	{"a character of an octet comparator is a byte", OCTET, "?", "\303\251", NULL},
	{"two bytes", OCTET, "??", "\303\251", "\303|\251|"},
	{"two bytes, without case", CASEMAP, "caf??", "CAF\303\251", "\303|\251|"},
	{"unicode: a character", UNICODE, "caf?", "CAF\303\251", "\303\251|"},
	{"unicode: two characters", UNICODE, "??", "\303\251", NULL},
	{"unicode: case", UNICODE, "\303\211T\303\211", "\303\251t\303\251", ""},
	{"unicode: star", UNICODE, "*\303\211*", "l\303\251a", "l|a|"},
	{"unicode: precomposed and not", UNICODE, "caf\303\251", "cafe\314\201", ""},
	{"unicode: star and question mark at the end", UNICODE, "*?", "a\303\251", "a|\303\251|"},
	{"unicode: question mark and letter at the end", UNICODE, "*?a", "\303\251a", "|\303\251|"},
	{"unicode: what is no UTF-8", UNICODE, "a?b", "A\377b", "\377|"},
	{"unicode: ASCII alone", UNICODE, "*B*", "abc", "a|c|"},
	{"case of what is taken stays", CASEMAP, "*b*", "ABC", "A|C|"},
};

/* 1 or 0; *STEPS, unless NULL, gets what it took. */
static int matches(const struct wildcard *w, const struct sv_folded *text, size_t *places,
	unsigned long long *steps)
{
	unsigned long long taken = 1ULL << 40;
	int result = wildcard_match(w, text, places, &taken);
	if (steps)
		*steps = taken;
	return result;
}

static void test_wildcard(void **state)
{
	const struct wildcard_row *row = *state;
	const struct sv_comparator *c = comparator(row->comparator);
	struct arena *mem = arena_new();
	struct buf taken = {0};
	struct str text = str_of(row->text);
	struct wildcard *w = wildcard_parse(c->fold(str_of(row->pattern), mem).text, mem);
	struct sv_folded folded = c->fold(text, mem);
	size_t *places = arena_alloc(mem, 2 * w->wildcards * sizeof *places);
	assert_int_equal(matches(w, &folded, NULL, NULL), row->taken != NULL);
	assert_int_equal(matches(w, &folded, places, NULL), row->taken != NULL);
	for (size_t i = 0; row->taken && i < w->wildcards; i++) {
		buf_add(&taken, str_slice(text, places[2 * i], places[2 * i + 1]));
		buf_byte(&taken, '|');
	}
	assert_string_equal(buf_cstr(&taken), row->taken ? row->taken : "");
	buf_free(&taken);
	arena_free(mem);
}

/* Patterns that make a backtracking matcher run for ever; without `?` a match is linear. */
static void test_killers(void **state)
{
	enum { SIZE = 1 << 20, STARS = 1000 };
	struct arena *mem = arena_new();
	struct buf pattern = {0}, text = {0};
	(void)state;
	for (size_t i = 0; i < STARS; i++)
		buf_text(&pattern, "*a");
	buf_text(&pattern, "*b");
	memset(buf_grow(&text, SIZE), 'a', SIZE);
	text.n = SIZE;
	struct wildcard *w = wildcard_parse(buf_str(&pattern), mem);
	struct sv_folded folded = {.text = buf_str(&text)};
	unsigned long long steps;
	assert_int_equal(matches(w, &folded, NULL, &steps), 0);
	assert_true(steps <= SIZE);
	buf_free(&pattern);
	buf_free(&text);
	arena_free(mem);
}

/* ---- wildcards by chance ---- */

/*
 * Each `*` takes as little as possible, tried one length after the other; there is no better way to
 * be sure.
 */
static bool naive(struct str pattern, struct str text, size_t at, size_t *places)
{
	char c = pattern.n ? pattern.p[0] : 0;
	struct str rest = str_slice(pattern, 1, pattern.n);
	if (pattern.n == 0)
		return at == text.n;
	for (size_t end = at; c == '*' && end <= text.n; end++) {
		places[0] = at;
		places[1] = end;
		if (naive(rest, text, end, places + 2))
			return true;
	}
	if (c == '*' || at == text.n || (c != '?' && c != text.p[at]))
		return false;
	places[0] = at;
	places[1] = at + 1;
	return naive(rest, text, at + 1, c == '?' ? places + 2 : places);
}

static struct str by_chance(unsigned *random, const char *letters, unsigned longest, struct buf *to)
{
	size_t n = strlen(letters);
	buf_clear(to);
	*random = *random * 1103515245 + 12345;
	for (unsigned left = (*random >> 16) % (longest + 1); left > 0; left--) {
		*random = *random * 1103515245 + 12345;
		buf_byte(to, letters[(*random >> 16) % n]);
	}
	return buf_str(to);
}

static void test_against_naive(void **state)
{
	enum { PAIRS = 200000, PATTERN = 8, TEXT = 10 };
	struct buf pattern = {0}, text = {0};
	unsigned random = 7, matched = 0;
	(void)state;
	for (int i = 0; i < PAIRS; i++) {
		struct arena *mem = arena_new();
		size_t places[2 * PATTERN + 2] = {0}, expected[2 * PATTERN + 2] = {0};
		struct str p = by_chance(&random, "ab*?", PATTERN, &pattern);
		struct str t = by_chance(&random, "aab", TEXT, &text);
		struct sv_folded folded = {.text = t};
		const struct wildcard *w = wildcard_parse(p, mem);
		bool good = naive(p, t, 0, expected);
		if (matches(w, &folded, places, NULL) != good ||
			(good && memcmp(places, expected, 2 * w->wildcards * sizeof *places) != 0))
			fail_msg("\"" STR_FMT "\" in \"" STR_FMT "\"", STR_ARGS(p), STR_ARGS(t));
		matched += good;
		arena_free(mem);
	}
	assert_true(matched > PAIRS / 20);
	buf_free(&pattern);
	buf_free(&text);
}

/* ---- comparators (RFC 4790, RFC 5051) ---- */

static const struct order_row {
	const char *name, *comparator, *a, *b;
	int order;
} order_rows[] = {
	{"octet: equal", OCTET, "abc", "abc", 0},
	{"octet: case", OCTET, "B", "a", -1},
	{"octet: prefix", OCTET, "ab", "abc", -1},
	{"octet: bytes are unsigned", OCTET, "\200", "a", 1},
	{"casemap: equal", CASEMAP, "aBc", "AbC", 0},
	{"casemap: order", CASEMAP, "a", "B", -1},
	{"casemap: underscore is after letters", CASEMAP, "_", "a", 1},
	{"casemap: only ASCII", CASEMAP, "\303\251", "\303\211", 1},
	{"numeric: equal", NUMERIC, "10", "10", 0},
	{"numeric: leading zeros", NUMERIC, "0010", "10", 0},
	{"numeric: what stands after", NUMERIC, "10a", "10b", 0},
	{"numeric: less", NUMERIC, "9", "10", -1},
	{"numeric: greater", NUMERIC, "100", "99", 1},
	{"numeric: zero", NUMERIC, "000", "0", 0},
	{"numeric: nothing is infinity", NUMERIC, "", "99999999999999999999999999", 1},
	{"numeric: no digit is infinity", NUMERIC, "x1", "5", 1},
	{"numeric: infinities are equal", NUMERIC, "x1", "-5", 0},
	{"numeric: blanks are no digits", NUMERIC, " 5", "5", 1},
	{"numeric: large", NUMERIC, "18446744073709551616", "18446744073709551617", -1},
	{"unicode: ASCII", UNICODE, "abc", "ABC", 0},
	{"unicode: accents", UNICODE, "\303\251", "\303\211", 0},
	{"unicode: decomposed", UNICODE, "\303\251", "E\314\201", 0},
	{"unicode: greek", UNICODE, "\317\203", "\316\243", 0},
	{"unicode: cyrillic", UNICODE, "\320\266", "\320\226", 0},
	{"unicode: digraph in title case", UNICODE, "\307\206", "\307\204", 0},
	{"unicode: compatibility", UNICODE, "\357\254\201", "FI", 1},
	{"unicode: hangul", UNICODE, "\352\260\200", "\341\204\200\341\205\241", 0},
	{"unicode: other letters", UNICODE, "\303\251", "\303\250", 1},
	{"unicode: invalid bytes are themselves", UNICODE, "\377", "\377", 0},
	{"unicode: invalid bytes differ", UNICODE, "\376", "\377", -1},
};

static int by_bytes(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int r = n ? memcmp(a.p, b.p, n) : 0;
	return r ? r : (a.n > b.n) - (a.n < b.n);
}

static void test_order(void **state)
{
	const struct order_row *row = *state;
	const struct sv_comparator *c = comparator(row->comparator);
	struct arena *mem = arena_new();
	struct str a = c->fold(str_of(row->a), mem).text, b = c->fold(str_of(row->b), mem).text;
	int order = c->order ? c->order(a, b) : by_bytes(a, b);
	assert_int_equal((order > 0) - (order < 0), row->order);
	assert_int_equal(str_eq(a, b), row->order == 0);
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_wildcard, wildcard_rows),
		TABLE_OF_ONE(test_killers, "a thousand stars over a megabyte"),
		TABLE_OF_ONE(test_against_naive, "200,000 patterns and texts by chance"),
		TABLE(test_order, order_rows),
	};
	return table_run("sieve_match", tables, sizeof tables / sizeof *tables);
}
