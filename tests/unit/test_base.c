/* The basics: slices, arena, buffers, errors, UTF-8, suggestions, files. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/io.h"
#include "base/str_list.h"
#include "base/suggest.h"
#include "base/utf8.h"
#include "tests/unit/table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void assert_str(struct str is, struct str wanted)
{
	if (str_eq(is, wanted))
		return;
	fail_msg("\"" STR_FMT "\" (%zu bytes) instead of \"" STR_FMT "\" (%zu)", STR_ARGS(is), is.n,
		STR_ARGS(wanted), wanted.n);
}

/* ---- numbers ---- */

static const struct number_row {
	const char *name;
	struct str text;
	unsigned long long max, value;
	bool ok;
} number_rows[] = {
	{"number: 0", STR_LIT("0"), 10, 0, true},
	{"number: leading zeros", STR_LIT("0007"), 10, 7, true},
	{"number: the most", STR_LIT("10"), 10, 10, true},
	{"number: one more", STR_LIT("11"), 10, 0, false},
	{"number: a digit over a small limit", STR_LIT("9"), 3, 0, false},
	{"number: nothing over a limit of 0", STR_LIT("1"), 0, 0, false},
	{"number: 2^64-1", STR_LIT("18446744073709551615"), (unsigned long long)-1,
		18446744073709551615ULL, true},
	{"number: 2^64", STR_LIT("18446744073709551616"), (unsigned long long)-1, 0, false},
	{"number: 10 * 2^64", STR_LIT("184467440737095516160"), (unsigned long long)-1, 0, false},
	{"number: none", STR_LIT(""), 10, 0, false},
	{"number: sign", STR_LIT("-1"), 10, 0, false},
	{"number: plus", STR_LIT("+1"), 10, 0, false},
	{"number: blank", STR_LIT(" 1"), 10, 0, false},
	{"number: hex", STR_LIT("0x1"), 10, 0, false},
	{"number: NUL after", STR_LIT("1\0"), 10, 0, false},
};

static void test_number(void **state)
{
	const struct number_row *row = *state;
	unsigned long long value = 0;
	assert_int_equal(str_number(row->text, row->max, &value), row->ok);
	assert_true(value == row->value);
}

/* ---- taking slices apart ---- */

enum cut { TRIM, LINES, WORDS };

/* The pieces, each in brackets. */
static const struct cut_row {
	const char *name;
	enum cut cut;
	struct str text, pieces;
} cut_rows[] = {
	{"trim: nothing", TRIM, STR_LIT(""), STR_LIT("[]")},
	{"trim: blanks only", TRIM, STR_LIT(" \t\r\n"), STR_LIT("[]")},
	{"trim: both ends", TRIM, STR_LIT("\t a b\r\n"), STR_LIT("[a b]")},
	{"trim: NUL is no blank", TRIM, STR_LIT(" \0 "), STR_LIT("[\0]")},
	{"lines: nothing", LINES, STR_LIT(""), STR_LIT("")},
	{"lines: no final line end", LINES, STR_LIT("a\nb"), STR_LIT("[a][b]")},
	{"lines: a final line end", LINES, STR_LIT("a\nb\n"), STR_LIT("[a][b]")},
	{"lines: blank ones", LINES, STR_LIT("\n\na\n"), STR_LIT("[][][a]")},
	{"lines: CRLF", LINES, STR_LIT("a\r\nb\r\n"), STR_LIT("[a][b]")},
	{"lines: only one CR goes", LINES, STR_LIT("a\r\r\n"), STR_LIT("[a\r]")},
	{"lines: a CR ends none", LINES, STR_LIT("a\rb\n"), STR_LIT("[a\rb]")},
	{"lines: NUL", LINES, STR_LIT("a\0b\n"), STR_LIT("[a\0b]")},
	{"words: nothing", WORDS, STR_LIT(""), STR_LIT("")},
	{"words: blanks only", WORDS, STR_LIT("  "), STR_LIT("")},
	{"words: some", WORDS, STR_LIT(" a\tbc\r\nd"), STR_LIT("[a][bc][d]")},
};

static void test_cut(void **state)
{
	const struct cut_row *row = *state;
	struct buf pieces = {0};
	struct str rest = row->text, piece = {"", 0};
	bool more = true;
	for (int n = 0; more && n < 10; n++) {
		if (row->cut == TRIM)
			piece = str_trim(rest);
		else
			more = row->cut == LINES ? str_line(&rest, &piece)
						 : str_word(&rest, &piece);
		if (!more)
			break;
		buf_byte(&pieces, '[');
		buf_add(&pieces, piece);
		buf_byte(&pieces, ']');
		if (row->cut == TRIM)
			break;
	}
	assert_str(buf_str(&pieces), row->pieces);
	buf_free(&pieces);
}

/* ---- comparing and finding ---- */

static const struct compare_row {
	const char *name;
	struct str a, b;
	bool eq, ieq, istarts, iends;
	size_t ifind;
} compare_rows[] = {
	{"compare: two empty ones", STR_LIT(""), STR_LIT(""), true, true, true, true, 0},
	{"compare: no bytes at all", {NULL, 0}, {NULL, 0}, true, true, true, true, 0},
	{"compare: the same", STR_LIT("abc"), STR_LIT("abc"), true, true, true, true, 0},
	{"compare: case", STR_LIT("aBc"), STR_LIT("AbC"), false, true, true, true, 0},
	{"compare: case of other letters", STR_LIT("\xc3\x84"), STR_LIT("\xc3\xa4"), false, false,
		false, false, 2},
	{"compare: @ and `", STR_LIT("@"), STR_LIT("`"), false, false, false, false, 1},
	{"compare: [ and {", STR_LIT("["), STR_LIT("{"), false, false, false, false, 1},
	{"compare: a start", STR_LIT("abc"), STR_LIT("AB"), false, false, true, false, 0},
	{"compare: an end", STR_LIT("abc"), STR_LIT("BC"), false, false, false, true, 1},
	{"compare: the middle", STR_LIT("abc"), STR_LIT("B"), false, false, false, false, 1},
	{"compare: too long", STR_LIT("ab"), STR_LIT("abc"), false, false, false, false, 2},
	{"compare: empty in some", STR_LIT("ab"), STR_LIT(""), false, false, true, true, 0},
	{"compare: after a NUL", STR_LIT("a\0b"), STR_LIT("a\0c"), false, false, false, false, 3},
	{"compare: first of two", STR_LIT("xaaa"), STR_LIT("aa"), false, false, false, true, 1},
};

static void test_compare(void **state)
{
	const struct compare_row *row = *state;
	assert_int_equal(str_eq(row->a, row->b), row->eq);
	assert_int_equal(str_ieq(row->a, row->b), row->ieq);
	assert_int_equal(str_istarts(row->a, row->b), row->istarts);
	assert_int_equal(str_iends(row->a, row->b), row->iends);
	assert_int_equal(str_ifind(row->a, row->b), row->ifind);
}

/* -1: the first comes first. */
static const struct order_row {
	const char *name;
	struct str a, b;
	int order;
	bool starts; /* the first with the second */
} order_rows[] = {
	{"order: two empty ones", STR_LIT(""), STR_LIT(""), 0, true},
	{"order: no bytes at all", {NULL, 0}, {NULL, 0}, 0, true},
	{"order: no bytes and some", {NULL, 0}, STR_LIT("a"), -1, false},
	{"order: the same", STR_LIT("abc"), STR_LIT("abc"), 0, true},
	{"order: a start is first", STR_LIT("ab"), STR_LIT("abc"), -1, false},
	{"order: what goes on is later", STR_LIT("abc"), STR_LIT("ab"), 1, true},
	{"order: case counts", STR_LIT("B"), STR_LIT("a"), -1, false},
	{"order: a start in other case", STR_LIT("Abc"), STR_LIT("a"), -1, false},
	{"order: bytes above 127 are last", STR_LIT("\xc3"), STR_LIT("z"), 1, false},
	{"order: after a NUL", STR_LIT("a\0b"), STR_LIT("a\0c"), -1, false},
	{"order: a NUL more", STR_LIT("a\0"), STR_LIT("a"), 1, true},
};

static void test_order(void **state)
{
	const struct order_row *row = *state;
	int order = str_compare(row->a, row->b), back = str_compare(row->b, row->a);
	assert_int_equal((order > 0) - (order < 0), row->order);
	assert_int_equal((back > 0) - (back < 0), -row->order);
	assert_int_equal(str_starts(row->a, row->b), row->starts);
}

static void test_list(void **state)
{
	(void)state;
	struct arena *mem = arena_new();
	struct str_list list = {0};
	str_list_sort(&list);
	assert_false(str_list_has(&list, STR_LIT("")));
	assert_false(str_list_has_sorted(&list, STR_LIT("")));
	str_list_add(&list, STR_LIT("b"), mem);
	str_list_add(&list, STR_LIT("a\0"), mem);
	str_list_add(&list, STR_LIT("c"), mem);
	str_list_add(&list, STR_LIT("a"), mem);
	assert_int_equal(list.count, 4);
	assert_str(list.items[1], STR_LIT("a\0"));
	assert_true(str_list_has(&list, STR_LIT("a")));
	assert_false(str_list_has(&list, STR_LIT("A")));
	str_list_sort(&list);
	assert_str(list.items[0], STR_LIT("a"));
	assert_str(list.items[1], STR_LIT("a\0"));
	assert_str(list.items[3], STR_LIT("c"));
	assert_true(str_list_has_sorted(&list, STR_LIT("a\0")));
	assert_false(str_list_has_sorted(&list, STR_LIT("bb")));
	arena_free(mem);
}

static const struct mark_row {
	const char *name;
	struct str text, without;
} mark_rows[] = {
	{"mark: nothing", STR_LIT(""), STR_LIT("")},
	{"mark: none", STR_LIT("ab"), STR_LIT("ab")},
	{"mark: only it", STR_LIT("\xef\xbb\xbf"), STR_LIT("")},
	{"mark: one",
		STR_LIT("\xef\xbb\xbf"
			"ab"),
		STR_LIT("ab")},
	{"mark: the second is text", STR_LIT("\xef\xbb\xbf\xef\xbb\xbf"), STR_LIT("\xef\xbb\xbf")},
	{"mark: half of one", STR_LIT("\xef\xbb"), STR_LIT("\xef\xbb")},
	{"mark: later", STR_LIT("a\xef\xbb\xbf"), STR_LIT("a\xef\xbb\xbf")},
	{"mark: another character of that page", STR_LIT("\xef\xbb\xbe"), STR_LIT("\xef\xbb\xbe")},
};

static void test_mark(void **state)
{
	const struct mark_row *row = *state;
	assert_str(utf8_without_mark(row->text), row->without);
}

static const struct find_row {
	const char *name;
	struct str text;
	char byte;
	size_t first, last;
} find_rows[] = {
	{"find: in nothing", STR_LIT(""), 'a', 0, 0},
	{"find: in no bytes at all", {NULL, 0}, 'a', 0, 0},
	{"find: none", STR_LIT("bcd"), 'a', 3, 3},
	{"find: one", STR_LIT("bad"), 'a', 1, 1},
	{"find: two", STR_LIT("abac"), 'a', 0, 2},
	{"find: NUL", STR_LIT("a\0b\0c"), '\0', 1, 3},
	{"find: 0xff", STR_LIT("a\xff"), '\xff', 1, 1},
};

static void test_find(void **state)
{
	const struct find_row *row = *state;
	assert_int_equal(str_find(row->text, row->byte), row->first);
	assert_int_equal(str_rfind(row->text, row->byte), row->last);
}

static const struct slice_row {
	const char *name;
	struct str text;
	size_t from, to;
	struct str slice;
} slice_rows[] = {
	{"slice: whole", STR_LIT("abc"), 0, 3, STR_LIT("abc")},
	{"slice: inside", STR_LIT("abc"), 1, 2, STR_LIT("b")},
	{"slice: to is clamped", STR_LIT("abc"), 1, 99, STR_LIT("bc")},
	{"slice: from is clamped", STR_LIT("abc"), 99, 100, STR_LIT("")},
	{"slice: from after to", STR_LIT("abc"), 2, 1, STR_LIT("")},
	{"slice: the largest numbers", STR_LIT("abc"), (size_t)-1, (size_t)-1, STR_LIT("")},
	{"slice: of no bytes at all", {NULL, 0}, 0, 1, STR_LIT("")},
	{"slice: of no bytes, from 1", {NULL, 0}, 1, 2, STR_LIT("")},
};

static void test_slice(void **state)
{
	const struct slice_row *row = *state;
	assert_str(str_slice(row->text, row->from, row->to), row->slice);
}

static const struct quoted_row {
	const char *name;
	struct str text;
	size_t length;
} quoted_rows[] = {
	{"quoted: nothing", {NULL, 0}, 0},
	{"quoted: an empty one", STR_LIT("\"\"x"), 2},
	{"quoted: a word, and what follows", STR_LIT("\"ab\" c"), 4},
	{"quoted: a quoted quotation mark", STR_LIT("\"a\\\"b\" c"), 6},
	{"quoted: a quoted backslash", STR_LIT("\"a\\\\\" c\""), 5},
	{"quoted: without an end", STR_LIT("\"ab"), 0},
	{"quoted: the end is quoted", STR_LIT("\"ab\\\""), 0},
	{"quoted: a backslash at the end", STR_LIT("\"ab\\"), 0},
	{"quoted: a NUL in it", STR_LIT("\"a\0b\""), 5},
};

static void test_quoted(void **state)
{
	const struct quoted_row *row = *state;
	assert_int_equal(str_quoted(row->text), row->length);
}

static void test_null_cstring(void **state)
{
	(void)state;
	assert_str(str_of(NULL), STR_LIT(""));
	assert_non_null(str_of(NULL).p);
}

/*
 * More bytes than an int counts must not turn the precision of printf() negative: it would read on
 * to a NUL.
 */
static void test_huge_for_printf(void **state)
{
	char text[32];
	struct str s = {"abc", (size_t)0x80000000u};
	(void)state;
	snprintf(text, sizeof text, STR_FMT, STR_ARGS(s));
	assert_string_equal(text, "abc");
	assert_true((STR_PRECISION(s)) > 0);
}

/* ---- what bytes are there ---- */

static const struct bytes_row {
	const char *name;
	struct str text;
	bool is_ascii, has_control;
	int hex; /* of the first byte */
} bytes_rows[] = {
	{"bytes: none", STR_EMPTY, true, false, -1},
	{"bytes: 0", STR_LIT("0"), true, false, 0},
	{"bytes: 9z", STR_LIT("9z"), true, false, 9},
	{"bytes: a", STR_LIT("a"), true, false, 10},
	{"bytes: F", STR_LIT("F~"), true, false, 15},
	{"bytes: g", STR_LIT("g"), true, false, -1},
	{"bytes: before 0", STR_LIT("/"), true, false, -1},
	{"bytes: after 9", STR_LIT(":"), true, false, -1},
	{"bytes: before A", STR_LIT("@"), true, false, -1},
	{"bytes: G", STR_LIT("G"), true, false, -1},
	{"bytes: a tab", STR_LIT("a\tb"), true, false, 10},
	{"bytes: a line end", STR_LIT("b\n"), true, true, 11},
	{"bytes: NUL", STR_LIT("\0"), true, true, -1},
	{"bytes: DEL", STR_LIT("a\x7f"), true, true, 10},
	{"bytes: the first that is not ASCII", STR_LIT("\x80"), false, false, -1},
	{"bytes: the last", STR_LIT("ab\xff"), false, false, 10},
};

static void test_bytes(void **state)
{
	const struct bytes_row *row = *state;
	assert_int_equal(str_is_ascii(row->text), row->is_ascii);
	assert_int_equal(str_has_control(row->text), row->has_control);
	assert_int_equal(row->text.n ? ascii_hex(row->text.p[0]) : -1, row->hex);
}

/* ---- UTF-8 ---- */

static const struct utf8_row {
	const char *name;
	struct str text;
	bool valid;
	uint32_t first; /* code point, when valid and not empty */
} utf8_rows[] = {
	{"utf8: nothing", STR_LIT(""), true, 0},
	{"utf8: ASCII", STR_LIT("a"), true, 'a'},
	{"utf8: NUL", STR_LIT("\0"), true, 0},
	{"utf8: DEL", STR_LIT("\x7f"), true, 0x7f},
	{"utf8: least of two", STR_LIT("\xc2\x80"), true, 0x80},
	{"utf8: most of two", STR_LIT("\xdf\xbf"), true, 0x7ff},
	{"utf8: least of three", STR_LIT("\xe0\xa0\x80"), true, 0x800},
	{"utf8: before the surrogates", STR_LIT("\xed\x9f\xbf"), true, 0xd7ff},
	{"utf8: after the surrogates", STR_LIT("\xee\x80\x80"), true, 0xe000},
	{"utf8: most of three", STR_LIT("\xef\xbf\xbf"), true, 0xffff},
	{"utf8: least of four", STR_LIT("\xf0\x90\x80\x80"), true, 0x10000},
	{"utf8: the last", STR_LIT("\xf4\x8f\xbf\xbf"), true, 0x10ffff},
	{"utf8: above the last", STR_LIT("\xf4\x90\x80\x80"), false, 0},
	{"utf8: five bytes", STR_LIT("\xf8\x88\x80\x80\x80"), false, 0},
	{"utf8: overlong slash", STR_LIT("\xc0\xaf"), false, 0},
	{"utf8: overlong NUL", STR_LIT("\xc0\x80"), false, 0},
	{"utf8: overlong of three", STR_LIT("\xe0\x9f\xbf"), false, 0},
	{"utf8: overlong of four", STR_LIT("\xf0\x8f\xbf\xbf"), false, 0},
	{"utf8: first surrogate", STR_LIT("\xed\xa0\x80"), false, 0},
	{"utf8: last surrogate", STR_LIT("\xed\xbf\xbf"), false, 0},
	{"utf8: continuation alone", STR_LIT("\x80"), false, 0},
	{"utf8: cut after one of two", STR_LIT("\xc3"), false, 0},
	{"utf8: cut after two of three", STR_LIT("\xe2\x82"), false, 0},
	{"utf8: cut after three of four", STR_LIT("\xf0\x9f\x98"), false, 0},
	{"utf8: ASCII in the middle", STR_LIT("\xe2(\xac"), false, 0},
	{"utf8: 0xff", STR_LIT("\xff"), false, 0},
	{"utf8: good, then bad", STR_LIT("a\xff"), false, 0},
};

/* What is valid stays; the rows that are not begin with at most one valid character. */
static void test_mended(struct str text, bool valid)
{
	struct arena *mem = arena_new();
	struct str mended = utf8_mended(text, mem);
	assert_true(utf8_valid(mended));
	if (valid)
		assert_ptr_equal(mended.p, text.p);
	else
		assert_true(str_ifind(mended, STR_LIT("\xef\xbf\xbd")) <= 1);
	arena_free(mem);
}

static void test_utf8(void **state)
{
	const struct utf8_row *row = *state;
	struct str rest = row->text;
	uint32_t c = 0;
	assert_int_equal(utf8_valid(row->text), row->valid);
	test_mended(row->text, row->valid);
	if (!row->valid || row->text.n == 0)
		return;
	assert_true(utf8_next(&rest, &c));
	assert_int_equal(c, row->first);
	assert_int_equal(rest.n, 0);
	struct buf back = {0};
	utf8_put(&back, c);
	assert_str(buf_str(&back), row->text);
	buf_free(&back);
}

/* ---- did you mean ---- */

static const struct suggest_row {
	const char *name, *word, *best;
} suggest_rows[] = {
	{"suggest: the very word", "maildir", "maildir"},
	{"suggest: case", "MailDir", "maildir"},
	{"suggest: one letter missing", "mailir", "maildir"},
	{"suggest: two swapped", "maidlir", "maildir"},
	{"suggest: a short one", "og", "log"},
	{"suggest: nothing like it", "zzzzzz", NULL},
	{"suggest: empty", "", NULL},
	{"suggest: far too long", "maildirmaildirmaildirmaildirmaildirmaildirmaildirmaildirmaildir",
		NULL},
};

static void test_suggest(void **state)
{
	static const char *const names[] = {"users", "maildir", "log", "antispam", ""};
	const struct suggest_row *row = *state;
	struct suggest s = {.word = str_of(row->word)};
	for (size_t i = 0; *names[i]; i++)
		suggest_consider(&s, names[i]);
	const char *best = suggest_best(&s);
	if (row->best)
		assert_non_null(best);
	if (row->best)
		assert_string_equal(best, row->best);
	else
		assert_null(best);
}

/* The nearest three, in their order; of equals the first. */
static void test_suggest_near(void **state)
{
	static const char *const names[] = {"zzzzzz", "log_to", "logs", "blog", "log"};
	struct suggest s = {.word = STR_LIT("log")};
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		suggest_consider(&s, names[i]);
	assert_string_equal(s.near[0], "log");
	assert_string_equal(s.near[1], "logs");
	assert_string_equal(s.near[2], "blog");
}

static void test_suggest_from_none(void **state)
{
	struct suggest s = {.word = STR_LIT("a")};
	(void)state;
	assert_null(suggest_best(&s));
}

/* ---- arena ---- */

static void test_arena_alloc(void **state)
{
	static const size_t sizes[] = {0, 1, 7, 16, 4000, 16 * 1024, 16 * 1024 + 1, 1 << 20, 3};
	struct arena *a = arena_new();
	(void)state;
	for (int round = 0; round < 50; round++) {
		for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
			unsigned char *p = arena_alloc(a, sizes[i]);
			assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
			for (size_t k = 0; k < sizes[i]; k += 13)
				assert_int_equal(p[k], 0);
			if (sizes[i])
				memset(p, 0xa5, sizes[i]);
		}
	}
	arena_free(a);
	arena_free(NULL);
}

/* Large pieces have pages of their own; they are as zeroed and as separate as small ones. */
static void test_arena_large(void **state)
{
	const size_t mega = (size_t)1024 * 1024;
	const size_t sizes[] = {mega - 1, mega, mega + 1, 2 * mega - 64, 2 * mega, 3 * mega + 5, 7};
	enum { COUNT = sizeof sizes / sizeof *sizes };
	unsigned char *pieces[COUNT];
	struct arena *a = arena_new();
	(void)state;
	unsigned char *before = arena_alloc(a, 10);
	memset(before, 0xee, 10);
	const struct arena_mark mark = arena_mark(a);
	const size_t held = arena_bytes(a);
	for (int again = 0; again < 2; again++) {
		for (size_t i = 0; i < COUNT; i++) {
			pieces[i] = arena_alloc(a, sizes[i]);
			assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
			for (size_t k = 0; k < sizes[i]; k++)
				if (pieces[i][k])
					fail_msg("byte %zu of %zu is not zeroed", k, sizes[i]);
			memset(pieces[i], (int)i + 1, sizes[i]);
		}
		assert_true(arena_bytes(a) - held >= 9 * mega);
		for (size_t i = 0; i < COUNT; i++)
			assert_true(pieces[i][0] == i + 1 && pieces[i][sizes[i] - 1] == i + 1);
		arena_reset(a, mark);
		assert_int_equal(arena_bytes(a), held);
	}
	assert_int_equal(before[9], 0xee);
	arena_free(a);
}

static void test_arena_strings(void **state)
{
	struct arena *a = arena_new();
	struct str s = arena_str(a, STR_LIT("a\0b"));
	(void)state;
	assert_str(s, STR_LIT("a\0b"));
	assert_int_equal(s.p[s.n], 0);
	assert_string_equal(arena_cstr(a, (struct str){NULL, 0}), "");
	s = arena_lower(a, STR_LIT("A\0Z\xc3\x84["));
	assert_str(s, STR_LIT("a\0z\xc3\x84["));
	assert_int_equal(s.p[s.n], 0);
	assert_str(arena_fmt(a, "%s-%d", "x", 7), STR_LIT("x-7"));
	assert_str(arena_fmt(a, "%s", ""), STR_LIT(""));
	arena_free(a);
}

static void test_arena_long_format(void **state)
{
	struct arena *a = arena_new();
	char *text = mem_alloc(100001);
	(void)state;
	memset(text, 'x', 100000);
	struct str s = arena_fmt(a, "<%s>", text);
	assert_int_equal(s.n, 100002);
	assert_int_equal(s.p[100001], '>');
	free(text);
	arena_free(a);
}

static void test_arena_push(void **state)
{
	struct arena *a = arena_new();
	struct triple {
		int i[3];
	} *list = NULL;
	size_t count = 0;
	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct triple *t = ARENA_PUSH(a, list, count);
		assert_int_equal(t->i[0] | t->i[1] | t->i[2], 0);
		*t = (struct triple){{i, i, i}};
	}
	assert_int_equal(count, 1000);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(list[i].i[2], i);
	arena_free(a);
}

/* ---- buffers ---- */

static void test_buf(void **state)
{
	struct buf b = {0};
	(void)state;
	assert_str(buf_str(&b), STR_LIT(""));
	assert_string_equal(buf_cstr(&b), "");
	buf_add(&b, (struct str){NULL, 0});
	buf_text(&b, NULL);
	buf_add(&b, STR_LIT("a\0b"));
	buf_byte(&b, '\xff');
	buf_fmt(&b, "%05d", 42);
	assert_str(buf_str(&b), STR_LIT("a\0b\xff"
					"00042"));
	assert_int_equal(buf_cstr(&b)[b.n], 0);
	buf_clear(&b);
	assert_str(buf_str(&b), STR_LIT(""));
	buf_free(&b);
	buf_free(&b);
}

static void test_buf_growth(void **state)
{
	struct buf b = {0};
	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_byte(&b, (char)i);
	buf_fmt(&b, "%0200000d", 7);
	assert_int_equal(b.n, 300000);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(b.p[i], (char)i);
	assert_int_equal(b.p[b.n - 1], '7');
	buf_free(&b);
}

/* ---- errors ---- */

static void test_err_kinds(void **state)
{
	struct err e;
	(void)state;
	assert_int_equal(err_temp(&e, "a %d", 1), -1);
	assert_int_equal(e.fault, FAULT_TEMP);
	assert_null(e.dsn);
	assert_string_equal(e.text, "a 1");
	assert_int_equal(err_no_user(&e, "b"), -1);
	assert_int_equal(e.fault, FAULT_NO_USER);
	assert_int_equal(err_refused(&e, "c"), -1);
	assert_int_equal(e.fault, FAULT_REFUSED);
	assert_int_equal(err_coded(&e, FAULT_REFUSED, "5.2.2", "d"), -1);
	assert_string_equal(e.dsn, "5.2.2");
	assert_int_equal(err_temp(&e, "e"), -1);
	assert_null(e.dsn);
	assert_int_equal(err_temp(NULL, "nobody listens %s", "here"), -1);
}

static void test_err_quotes_itself(void **state)
{
	struct err e;
	(void)state;
	err_temp(&e, "inner");
	err_temp(&e, "outer: %s", e.text);
	assert_string_equal(e.text, "outer: inner");
}

static void test_err_is_one_line(void **state)
{
	struct err e;
	char long_text[5000];
	(void)state;
	err_temp(&e, "%s", "a\r\nb\tc\x1b[31m\x7f");
	assert_string_equal(e.text, "a??b?c?[31m?");
	memset(long_text, 'x', sizeof long_text - 1);
	long_text[sizeof long_text - 1] = '\0';
	err_temp(&e, "%s", long_text);
	assert_int_equal(strlen(e.text), sizeof e.text - 1);
}

/* ---- files ---- */

static char dir[64];

static int make_dir(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/test_base.XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	static const char *const names[] = {
		"file", "fifo", "link", "d/e/f", "d/e", "d", "big", "plain", "dangling"};
	char path[128];
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, names[i]);
		if (remove(path) < 0 && errno != ENOENT && errno != ENOTDIR)
			return -1;
	}
	return rmdir(dir);
}

static const char *in_dir(const char *name)
{
	static char path[128];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	return path;
}

static void test_replace_and_read(void **state)
{
	struct arena *mem = arena_new();
	struct str text;
	struct err e = {.text = ""};
	struct stat st;
	(void)state;
	assert_int_equal(io_read_file(in_dir("file"), 10, mem, &text, &e), 0);
	assert_int_equal(io_read_file(in_dir("file/below"), 10, mem, &text, &e), 0);
	assert_int_equal(io_replace_file(in_dir("file"), STR_LIT("a\0b"), 0600, &e), 0);
	assert_int_equal(io_read_file(in_dir("file"), 3, mem, &text, &e), 1);
	assert_str(text, STR_LIT("a\0b"));
	assert_int_equal(io_read_file(in_dir("file/below"), 10, mem, &text, &e), 0);
	assert_int_equal(io_replace_file(in_dir("file"), STR_LIT(""), 0600, &e), 0);
	assert_int_equal(io_read_file(in_dir("file"), 0, mem, &text, &e), 1);
	assert_int_equal(text.n, 0);
	assert_int_equal(stat(in_dir("file"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	arena_free(mem);
}

/* A link is replaced, what it points to stays as it is. */
static void test_replace_link(void **state)
{
	struct arena *mem = arena_new();
	struct str text;
	struct err e;
	char target[128];
	(void)state;
	strcpy(target, in_dir("file"));
	assert_int_equal(io_replace_file(target, STR_LIT("mine"), 0600, &e), 0);
	assert_int_equal(symlink(target, in_dir("link")), 0);
	assert_int_equal(io_replace_file(in_dir("link"), STR_LIT("yours"), 0600, &e), 0);
	assert_int_equal(io_read_file(target, 10, mem, &text, &e), 1);
	assert_str(text, STR_LIT("mine"));
	arena_free(mem);
}

static void test_replace_fails_cleanly(void **state)
{
	struct err e;
	char path[5000];
	(void)state;
	assert_int_equal(mkdir(in_dir("d"), 0700), 0);
	assert_int_equal(io_replace_file(in_dir("d"), STR_LIT("x"), 0600, &e), -1);
	assert_non_null(strstr(e.text, "cannot rename"));
	/* The directory is removed after the test, which fails if a temporary file stays. */
	memset(path, 'x', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	assert_int_equal(io_replace_file(path, STR_LIT("x"), 0600, &e), -1);
	assert_int_equal(io_replace_file("/nowhere/at/all", STR_LIT("x"), 0600, &e), -1);
	assert_int_equal(e.fault, FAULT_TEMP);
}

static void test_read_what_is_no_file(void **state)
{
	struct arena *mem = arena_new();
	struct str text;
	struct err e;
	(void)state;
	assert_int_equal(mkfifo(in_dir("fifo"), 0600), 0);
	assert_int_equal(io_read_file(in_dir("fifo"), 10, mem, &text, &e), -1);
	assert_non_null(strstr(e.text, "not a regular file"));
	assert_int_equal(io_read_file(dir, 10, mem, &text, &e), -1);
	assert_int_equal(io_read_file("/dev/zero", 10, mem, &text, &e), -1);
	arena_free(mem);
}

static void test_read_too_much(void **state)
{
	struct arena *mem = arena_new();
	struct str text;
	struct err e;
	(void)state;
	assert_int_equal(io_replace_file(in_dir("big"), STR_LIT("0123456789"), 0600, &e), 0);
	assert_int_equal(io_read_file(in_dir("big"), 10, mem, &text, &e), 1);
	assert_int_equal(io_read_file(in_dir("big"), 9, mem, &text, &e), -1);
	assert_non_null(strstr(e.text, "larger than 9 bytes"));
	/* Of a file whose size is not known before it is read. */
	assert_int_equal(io_read_file("/proc/self/status", 9, mem, &text, &e), -1);
	arena_free(mem);
}

static void test_make_dirs(void **state)
{
	struct err e;
	struct stat st;
	char path[5000];
	(void)state;
	assert_int_equal(io_make_dirs(in_dir("d/e/f"), 0700, &e), 0);
	assert_int_equal(io_make_dirs(in_dir("d/e/f"), 0700, &e), 0);
	assert_int_equal(io_make_dirs(in_dir("d//e/f/"), 0700, &e), 0);
	assert_int_equal(stat(in_dir("d/e/f"), &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	memset(path, 'x', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	assert_int_equal(io_make_dirs(path, 0700, &e), -1);
}

/* A file in the place of a directory is an error; it does not count as a directory that exists. */
static void test_make_dirs_over_file(void **state)
{
	struct err e;
	(void)state;
	assert_int_equal(io_replace_file(in_dir("plain"), STR_LIT("x"), 0600, &e), 0);
	assert_int_equal(io_make_dirs(in_dir("plain"), 0700, &e), -1);
	assert_int_equal(io_make_dirs(in_dir("plain/below"), 0700, &e), -1);
	assert_int_equal(symlink("/nowhere/at/all", in_dir("dangling")), 0);
	assert_int_equal(io_make_dirs(in_dir("dangling"), 0700, &e), -1);
}

static void test_write_failures(void **state)
{
	struct err e;
	int full = open("/dev/full", O_WRONLY);
	(void)state;
	assert_int_equal(io_write(full, STR_LIT("x"), "the full device", &e), -1);
	assert_non_null(strstr(e.text, "the full device"));
	assert_int_equal(io_close(full, "it", &e), 0);
	assert_int_equal(io_close(full, "it", &e), -1);
	assert_int_equal(io_fsync(-1, "it", &e), -1);
	assert_int_equal(io_fsync_dir("/nowhere/at/all", &e), -1);
	assert_int_equal(io_write(-1, STR_LIT(""), "nothing", &e), 0);
}

/*
 * Of what is printed the first part is lost and the rest is written: that is a failure, too. The
 * process that prints is another one, because stdout is cmocka's.
 */
/* Pieces of every size around that of one write, and more of them than one write takes. */
static void test_write_pieces(void **state)
{
	enum { LARGE = 700000, SMALL = 150, FILL = 13 };
	struct str pieces[SMALL + 5];
	size_t n = 0;
	static char bytes[LARGE], back[LARGE + 1];
	(void)state;
	for (size_t i = 0; i < LARGE; i++)
		bytes[i] = (char)(i * 31 + i / 251);
	size_t at = 0;
	const size_t sizes[] = {256 * 1024 - SMALL * FILL - 1, 1, 0, 256 * 1024 + 1};
	for (size_t i = 0; i < SMALL; i++, at += FILL)
		pieces[n++] = (struct str){bytes + at, FILL};
	for (size_t i = 0; i < 4; at += sizes[i++])
		pieces[n++] = (struct str){bytes + at, sizes[i]};
	pieces[n++] = (struct str){bytes + at, LARGE - at};
	FILE *f = tmpfile();
	assert_non_null(f);
	assert_int_equal(io_write_pieces(fileno(f), pieces, n), 0);
	assert_int_equal(io_write_pieces(fileno(f), NULL, 0), 0);
	assert_int_equal(pread(fileno(f), back, sizeof back, 0), LARGE);
	assert_memory_equal(back, bytes, LARGE);
	fclose(f);
	assert_int_equal(io_write_pieces(-1, pieces, n), -1);
}

static void test_flush_stdout(void **state)
{
	static const struct {
		const char *name, *first, *then;
		int status;
	} rows[] = {
		{"all of it is written", "/dev/null", "/dev/null", 0},
		{"the end is lost", "/dev/null", "/dev/full", 1},
		{"the beginning is lost", "/dev/full", "/dev/null", 1},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int status;
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			char buffer[16];
			int first = open(rows[i].first, O_WRONLY),
			    then = open(rows[i].then, O_WRONLY);
			if (dup2(first, STDOUT_FILENO) < 0 ||
				setvbuf(stdout, buffer, _IOFBF, sizeof buffer) != 0)
				_exit(2);
			printf("more than the buffer holds");
			if (dup2(then, STDOUT_FILENO) < 0)
				_exit(2);
			printf("a bit");
			_exit(io_flush_stdout(NULL) < 0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (status != rows[i].status << 8)
			fail_msg("%s: status %d", rows[i].name, status);
	}
}

static void test_read_all(void **state)
{
	struct buf b = {0};
	struct err e;
	int ends[2];
	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(io_write(ends[1], STR_LIT("a\0b"), "a pipe", &e), 0);
	close(ends[1]);
	assert_int_equal(io_read_all(ends[0], 3, &b, "a pipe", &e), 0);
	assert_str(buf_str(&b), STR_LIT("a\0b"));
	close(ends[0]);
	assert_int_equal(io_read_all(-1, 3, &b, "no file", &e), -1);
	assert_non_null(strstr(e.text, "no file"));
	buf_free(&b);
}

static void test_clock(void **state)
{
	long long before = io_microseconds();
	(void)state;
	assert_true(before > 0);
	assert_true(io_microseconds() >= before);
}

/* ---- all ---- */

static int run_files(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_replace_and_read, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_replace_link, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_replace_fails_cleanly, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_read_what_is_no_file, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_read_too_much, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_make_dirs, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_make_dirs_over_file, make_dir, remove_dir),
		cmocka_unit_test(test_write_failures),
		cmocka_unit_test(test_write_pieces),
		cmocka_unit_test(test_flush_stdout),
		cmocka_unit_test(test_read_all),
		cmocka_unit_test(test_clock),
	};
	return cmocka_run_group_tests_name("io", tests, NULL, NULL);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_number, number_rows),
		TABLE(test_cut, cut_rows),
		TABLE(test_compare, compare_rows),
		TABLE(test_order, order_rows),
		TABLE_OF_ONE(test_list, "a list of slices"),
		TABLE(test_mark, mark_rows),
		TABLE(test_find, find_rows),
		TABLE(test_slice, slice_rows),
		TABLE(test_quoted, quoted_rows),
		TABLE(test_bytes, bytes_rows),
		TABLE_OF_ONE(test_null_cstring, "str_of a null pointer"),
		TABLE_OF_ONE(test_huge_for_printf, "a slice longer than an int counts"),
		TABLE(test_utf8, utf8_rows),
		TABLE(test_suggest, suggest_rows),
		TABLE_OF_ONE(test_suggest_near, "suggest: the nearest three"),
		TABLE_OF_ONE(test_suggest_from_none, "suggest: no names"),
		TABLE_OF_ONE(test_arena_alloc, "arena: zeroed and aligned"),
		TABLE_OF_ONE(test_arena_large, "arena: large pieces"),
		TABLE_OF_ONE(test_arena_strings, "arena: strings"),
		TABLE_OF_ONE(test_arena_long_format, "arena: a long format"),
		TABLE_OF_ONE(test_arena_push, "arena: lists"),
		TABLE_OF_ONE(test_buf, "buf: bytes and text"),
		TABLE_OF_ONE(test_buf_growth, "buf: growth"),
		TABLE_OF_ONE(test_err_kinds, "err: faults"),
		TABLE_OF_ONE(test_err_quotes_itself, "err: may quote itself"),
		TABLE_OF_ONE(test_err_is_one_line, "err: one printable line"),
	};
	int failed = table_run("base", tables, sizeof tables / sizeof *tables);
	return failed + run_files();
}
