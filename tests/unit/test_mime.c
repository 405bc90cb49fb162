/* Encoded words: text x decoded text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mime.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct row {
	const char *name;
	const char *text;
	const char *decoded; /* NULL: as it is */
	size_t size;         /* of the text; 0: strlen */
	size_t decoded_size; /* 0: strlen */
} rows[] = {
	/* what is none */
	{"empty", "", NULL, 0, 0},
	{"plain", "hello world", NULL, 0, 0},
	{"8-bit", "gr\xfc\xdf", NULL, 0, 0},
	{"UTF-8", "gr\xc3\xbc\xc3\x9f", NULL, 0, 0},
	{"equals signs", "a=b ==?", NULL, 0, 0},
	{"NUL in plain text", "a\0b", "a\0b", 3, 3},
	/* RFC 2047 section 8 */
	{"RFC 2047: (a)", "(=?ISO-8859-1?Q?a?=)", "(a)", 0, 0},
	{"RFC 2047: (a b)", "(=?ISO-8859-1?Q?a?= b)", "(a b)", 0, 0},
	{"RFC 2047: (ab)", "(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)", 0, 0},
	{"RFC 2047: (ab) with two blanks", "(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)", "(ab)", 0,
		0},
	{"RFC 2047: (ab) folded", "(=?ISO-8859-1?Q?a?=\n     =?ISO-8859-1?Q?b?=)", "(ab)", 0, 0},
	{"RFC 2047: underscore", "(=?ISO-8859-1?Q?a_b?=)", "(a b)", 0, 0},
	{"RFC 2047: (a b) from two", "(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)", "(a b)", 0, 0},
	{"RFC 2047: names", "=?ISO-8859-1?Q?Andr=E9?= Pirard <PIRARD@vm1.ulg.ac.be>",
		"Andr\xc3\xa9 Pirard <PIRARD@vm1.ulg.ac.be>", 0, 0},
	{"RFC 2047: two lines",
		"=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?= "
		"=?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
		"If you can read this you understand the example.", 0, 0},
	/* encodings and charsets */
	{"B", "=?utf-8?B?w7w=?=", "\xc3\xbc", 0, 0},
	{"Q", "=?utf-8?Q?=c3=BC?=", "\xc3\xbc", 0, 0},
	{"small letters", "=?UTF-8?q?=C3=BC?= =?UTF-8?b?w7w=?=", "\xc3\xbc\xc3\xbc", 0, 0},
	{"us-ascii", "=?us-ascii?q?a=20b?=", "a b", 0, 0},
	{"iso-8859-15", "=?iso-8859-15?q?=a4?=", "\xe2\x82\xac", 0, 0},
	{"windows-1252", "=?windows-1252?q?=80?=", "\xe2\x82\xac", 0, 0},
	{"koi8-r", "=?koi8-r?B?8NLJ18XU?=", "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82", 0,
		0},
	{"iso-2022-jp", "=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=", "\xe6\x97\xa5\xe6\x9c\xac", 0, 0},
	{"gb2312", "=?gb2312?B?1tDOxA==?=", "\xe4\xb8\xad\xe6\x96\x87", 0, 0},
	{"language", "=?us-ascii*en-us?q?hi?=", "hi", 0, 0},
	{"trailing blank in Q", "=?us-ascii?q?a_?= =?us-ascii?q?b?=", "a b", 0, 0},
	{"blank in the text", "=?us-ascii?q?a b?=", "a b", 0, 0},
	{"empty text",
		"x=?utf-8?q?"
		"?=y",
		"xy", 0, 0},
	{"inside a word", "a=?utf-8?q?b?=c", "abc", 0, 0},
	{"inside quotes", "\"=?utf-8?q?b?=\"", "\"b\"", 0, 0},
	{"base64 without padding", "=?utf-8?b?w7w?=", "\xc3\xbc", 0, 0},
	{"character over two words, B", "=?utf-8?b?w w==?=", NULL, 0, 0},
	{"character over two words", "=?utf-8?q?=c3?= =?utf-8?q?=bc?=", "\xc3\xbc", 0, 0},
	{"character over two encodings", "=?utf-8?q?=c3?= =?UTF-8?b?vA==?=", "\xc3\xbc", 0, 0},
	{"character over three words",
		"=?utf-8?q?=e2?= =?utf-8?q?=82?=\r\n =?utf-8?q?=ac?=", "\xe2\x82\xac", 0, 0},
	{"decoded NUL", "=?utf-8?q?=00?=", "\0", 0, 1},
	{"NUL between words", "=?utf-8?q?a?=\0=?utf-8?q?b?=", "a\0b", 27, 3},
	{"a word is not decoded twice", "=?utf-8?q?=3D=3Futf-8=3Fq=3Fa=3F=3D?=", "=?utf-8?q?a?=", 0,
		0},
	/* broken: as written */
	{"unknown charset", "=?x-nonsense?q?a?=", NULL, 0, 0},
	{"unknown encoding", "=?utf-8?x?a?=", NULL, 0, 0},
	{"no charset", "=??q?a?=", NULL, 0, 0},
	{"charset with slashes", "=?utf-8//IGNORE?q?a?=", NULL, 0, 0},
	{"blank in the charset", "=?utf 8?q?a?=", NULL, 0, 0},
	{"charset of 100 characters",
		"=?"
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aa"
		"aaaaaaaaaaaaaaaa?q?a?=",
		NULL, 0, 0},
	{"no end", "=?utf-8?q?a", NULL, 0, 0},
	{"no end but a question mark", "=?utf-8?q?a?", NULL, 0, 0},
	{"question mark in the text", "=?utf-8?q?a?b?=", NULL, 0, 0},
	{"no text", "=?utf-8?q", NULL, 0, 0},
	{"only the start", "=?", NULL, 0, 0},
	{"Q with one digit", "=?utf-8?q?=c?=", NULL, 0, 0},
	{"Q with no hex", "=?utf-8?q?=zz?=", NULL, 0, 0},
	{"Q with an equals sign at the end", "=?utf-8?q?a=?=", NULL, 0, 0},
	{"B with a bad character", "=?utf-8?b?a*bc?=", NULL, 0, 0},
	{"B with a length that cannot be", "=?utf-8?b?YWJjZ?=", NULL, 0, 0},
	{"half a character", "=?utf-8?q?=c3?=", NULL, 0, 0},
	{"latin-1 called UTF-8", "=?utf-8?q?=fc?=", NULL, 0, 0},
	{"surrogate", "=?utf-8?q?=ed=a0=80?=", NULL, 0, 0},
	{"8-bit called us-ascii", "=?us-ascii?q?=fc?=", NULL, 0, 0},
	{"broken between good", "=?utf-8?q?a?= =?bad?q?b?= =?utf-8?q?c?=", "a =?bad?q?b?= c", 0, 0},
	{"broken after good of one charset",
		"=?utf-8?q?a?=  =?utf-8?q?=fc?= =?utf-8?q?c?=", "a  =?utf-8?q?=fc?= c", 0, 0},
	{"good after broken", "=?bad?q?b?=\t=?utf-8?q?c?=", "=?bad?q?b?=\tc", 0, 0},
	{"text after blanks", "=?utf-8?q?a?=  b", "a  b", 0, 0},
	{"word after text and blanks", "a  =?utf-8?q?b?=", "a  b", 0, 0},
	{"start within a start", "=?=?utf-8?q?a?=", "=?a", 0, 0},
};
enum { ROWS = sizeof rows / sizeof *rows };

static struct str text_of(const struct row *row)
{
	return (struct str){row->text, row->size ? row->size : strlen(row->text)};
}

static void test_decode(void **state)
{
	const struct row *row = *state;
	struct arena *mem = arena_new();
	struct str text = text_of(row);
	struct str wanted = row->decoded ? str_of(row->decoded) : text;
	if (row->decoded_size)
		wanted.n = row->decoded_size;
	struct str got = mime_decode(text, mem);
	if (!str_eq(got, wanted))
		fail_msg("got <%.*s>, wanted <%.*s>", STR_ARGS(got), STR_ARGS(wanted));
	arena_free(mem);
}

/* Every beginning, in memory of its own size so that a step too far is seen. */
static void test_cut_off(void **state)
{
	struct str text = text_of(*state);
	for (size_t n = 0; n < text.n; n++) {
		struct arena *mem = arena_new();
		char *copy = malloc(n ? n : 1);
		assert_non_null(copy);
		memcpy(copy, text.p, n);
		struct str got = mime_decode((struct str){copy, n}, mem);
		assert_true(got.n <= n * 4);
		free(copy);
		arena_free(mem);
	}
}

/* Two megabytes of one thing end soon, so nothing is quadratic. */
static void test_large(void **state)
{
	static const char *const units[] = {"=", "=?", "=?a", "=?a?q?", "=?utf-8?q?a?= ",
		"=?utf-8?q?=fc?= ", "=?bad?q?a?= ", "=?utf-8?q?a?=", "?=", "a?= =?utf-8?b?", " ",
		"=?utf-8?q?a?= =?koi8-r?q?a?= "};
	enum { SIZE = 2 << 20 };
	(void)state;
	for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
		struct arena *mem = arena_new();
		struct buf b = {0};
		buf_text(&b, "=?utf-8?q?start?= ");
		while (b.n < SIZE)
			buf_text(&b, units[u]);
		assert_true(mime_decode(buf_str(&b), mem).n > 0);
		buf_free(&b);
		arena_free(mem);
	}
}

/* One word of two megabytes. */
static void test_large_word(void **state)
{
	enum { SIZE = 2 << 20 };
	struct arena *mem = arena_new();
	struct buf b = {0};
	(void)state;
	buf_text(&b, "=?iso-8859-1?q?");
	while (b.n < SIZE)
		buf_text(&b, "=fc");
	buf_text(&b, "?=");
	struct str got = mime_decode(buf_str(&b), mem);
	assert_true(got.n > SIZE / 2);
	assert_true(utf8_valid(got));
	buf_free(&b);
	arena_free(mem);
}

static void test_available(void **state)
{
	(void)state;
	assert_null(mime_unavailable());
	assert_null(mime_unavailable());
}

int main(void)
{
	static char names[ROWS * 2][100];
	static struct CMUnitTest tests[ROWS * 2 + 3];
	size_t n = 0;
	for (; n < ROWS * 2; n++) {
		const struct row *row = &rows[n % ROWS];
		snprintf(names[n], sizeof names[n], "%s: %s", n < ROWS ? "decode" : "cut off",
			row->name);
		tests[n] = (struct CMUnitTest){.name = names[n],
			.test_func = n < ROWS ? test_decode : test_cut_off,
			.initial_state = (void *)(uintptr_t)row};
	}
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_large);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_large_word);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_available);
	return _cmocka_run_group_tests("mime", tests, n, NULL, NULL);
}
