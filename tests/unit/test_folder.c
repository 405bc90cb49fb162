#include "store/folder.h"
#include "tests/unit/table.h"

#include <string.h>

static const struct str none = {"", 0};

static void expect(struct str got, struct str expected)
{
	if (!str_eq(got, expected))
		print_error("got \"" STR_FMT "\", expected \"" STR_FMT "\"\n", STR_ARGS(got),
			STR_ARGS(expected));
	assert_true(str_eq(got, expected));
}

/* ---- folder and directory, both ways ---- */

struct pair_row {
	const char *name;
	struct str folder, directory, normal;
};

/* A name in its normal form, and one that is written in another way. */
#define SAME(folder, directory)                                                                    \
	{                                                                                          \
		folder, STR_LIT(folder), STR_LIT(directory), STR_LIT(folder)                       \
	}
#define OTHER(folder, directory, normal)                                                           \
	{                                                                                          \
		folder " is " normal, STR_LIT(folder), STR_LIT(directory), STR_LIT(normal)         \
	}

static const struct pair_row pairs[] = {
	SAME("INBOX", ""),
	SAME("Junk", ".Junk"),
	SAME("Lists/Foo", ".Lists.Foo"),
	SAME("a b", ".a b"),
	SAME("a&b", ".a&-b"),
	SAME("&", ".&-"),
	SAME("&-", ".&--"),
	SAME("~peter/mail/台北/日本語", ".~peter.mail.&U,BTFw-.&ZeVnLIqe-"),
	SAME("Entwürfe", ".Entw&APw-rfe"),
	SAME("ü", ".&APw-"),
	SAME("üü", ".&APwA,A-"),
	SAME("üüü", ".&APwA,AD8-"),
	SAME("☺", ".&Jjo-"),
	SAME("a☺!", ".a&Jjo-!"),
	SAME("☺&", ".&Jjo-&-"),
	SAME("Отправленные", ".&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-"),
	SAME("💌", ".&2D3cjA-"),
	SAME("x💌y", ".x&2D3cjA-y"),
	SAME("💌💌", ".&2D3cjNg93Iw-"),
	SAME("\U00010000", ".&2ADcAA-"),
	SAME("\U0010ffff", ".&2,,f,w-"),
	SAME("\uffff", ".&,,8-"),
	SAME("\u00a0", ".&AKA-"),
	SAME("INBOX/INBOX", ".INBOX"),
	SAME("INBOX/inbox/x", ".inbox.x"),
	SAME("INBOXES", ".INBOXES"),
	SAME("x/INBOX", ".x.INBOX"),
	SAME("-", ".-"),
	SAME("*", ".*"),
	SAME("~", ".~"),
	SAME("%", ".%"),
	SAME("a:2,S", ".a:2,S"),
	OTHER("", "", "INBOX"),
	OTHER("inbox", "", "INBOX"),
	OTHER("InBoX", "", "INBOX"),
	OTHER("INBOX/Junk", ".Junk", "Junk"),
	OTHER("inbox.Junk", ".Junk", "Junk"),
	OTHER("Lists.Foo", ".Lists.Foo", "Lists/Foo"),
	OTHER("Lists.Foo/Bar", ".Lists.Foo.Bar", "Lists/Foo/Bar"),
	OTHER("INBOX.INBOX.x", ".INBOX.x", "INBOX/INBOX/x"),
};

static void to_directory(void **state)
{
	const struct pair_row *row = *state;
	struct arena *mem = arena_new();
	struct str directory = none;
	struct err err = {0};
	if (folder_directory(row->folder, mem, &directory, &err) < 0)
		fail_msg("%s", err.text);
	expect(directory, row->directory);
	assert_int_equal(directory.p[directory.n], '\0');
	arena_free(mem);
}

static void to_name(void **state)
{
	const struct pair_row *row = *state;
	struct arena *mem = arena_new();
	expect(folder_name(row->directory, mem), row->normal);
	arena_free(mem);
}

/* ---- names that are refused ---- */

struct refused_row {
	const char *name;
	struct str folder;
	const char *why;
};

#define X10(s)  s s s s s s s s s s
#define X250(s) X10(X10(s)) X10(X10(s)) X10(s) X10(s) X10(s) X10(s) X10(s)

static const struct refused_row refused[] = {
	{"a slash", STR_LIT("/"), "empty level"},
	{"a dot", STR_LIT("."), "empty level"},
	{"dots", STR_LIT(".."), "empty level"},
	{"dots and a slash", STR_LIT("../x"), "empty level"},
	{"a way out", STR_LIT("../../etc/passwd"), "empty level"},
	{"a way out from below", STR_LIT("x/../../y"), "empty level"},
	{"an absolute path", STR_LIT("/etc"), "empty level"},
	{"a slash at the end", STR_LIT("x/"), "empty level"},
	{"a dot at the end", STR_LIT("x."), "empty level"},
	{"two separators", STR_LIT("x//y"), "empty level"},
	{"INBOX and a slash", STR_LIT("INBOX/"), "empty level"},
	{"INBOX and a way out", STR_LIT("INBOX/../x"), "empty level"},
	{"NUL", STR_LIT("a\0b"), "control"},
	{"NUL alone", STR_LIT("\0"), "control"},
	{"a line feed", STR_LIT("a\nb"), "control"},
	{"a tab", STR_LIT("a\tb"), "control"},
	{"escape", STR_LIT("\033[2J"), "control"},
	{"DEL", STR_LIT("a\177"), "control"},
	{"a C1 control", STR_LIT("a\302\205"), "control"},
	{"a byte that is no UTF-8", STR_LIT("a\377"), "UTF-8"},
	{"Latin-1", STR_LIT("Entw\374rfe"), "UTF-8"},
	{"an overlong slash", STR_LIT("a\300\257b"), "UTF-8"},
	{"an overlong NUL", STR_LIT("a\300\200b"), "UTF-8"},
	{"a surrogate in UTF-8", STR_LIT("\355\240\200"), "UTF-8"},
	{"above U+10FFFF", STR_LIT("\364\220\200\200"), "UTF-8"},
	{"a character cut off", STR_LIT("a\303"), "UTF-8"},
	{"33 levels", STR_LIT("a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a"),
		"levels"},
	{"255 bytes", STR_LIT(X250("x") "xxxxx"), "too long"},
	{"250 umlauts", STR_LIT(X250("ü")), "too long"},
	{"25000 bytes", STR_LIT(X250(X10(X10("x")))), "too long"},
	{"1250 levels", STR_LIT(X250("x/x/x/x/x/") "x"), "levels"},
};

static void is_refused(void **state)
{
	const struct refused_row *row = *state;
	struct arena *mem = arena_new();
	struct str directory;
	struct err err = {0};
	assert_int_equal(folder_directory(row->folder, mem, &directory, &err), -1);
	assert_int_equal(err.fault, FAULT_TEMP);
	if (!strstr(err.text, row->why))
		fail_msg("says: %s", err.text);
	arena_free(mem);
}

/* ---- directories that no folder name leads to ---- */

struct foreign_row {
	const char *name;
	struct str directory;
};

#define FOREIGN(text)                                                                              \
	{                                                                                          \
		text, STR_LIT(text)                                                                \
	}

static const struct foreign_row foreign[] = {
	FOREIGN(".a&"),
	FOREIGN(".a&APw"),
	FOREIGN(".a&AP!-"),
	FOREIGN(".&AC8-"),       /* a hidden slash */
	FOREIGN(".x&AC4ALgAv-"), /* "../" */
	FOREIGN(".&AAA-"),
	FOREIGN(".&AGE-"), /* an "a" that needs no shift */
	FOREIGN(".&2D0-"), /* half of a pair */
	FOREIGN(".&3Iw-"),
	FOREIGN(".&2D3YPQ-"),
	FOREIGN(".&APx-"),      /* bits that are left over */
	FOREIGN(".&APw-&APw-"), /* two shifts where one would do */
	FOREIGN(".&A-"),
	FOREIGN(".&APw.x-"), /* a shift over two levels */
	FOREIGN(".&AP/8-"),
	FOREIGN("."),
	FOREIGN(".."),
	FOREIGN(".a."),
	FOREIGN(".a..b"),
	{"UTF-8", STR_LIT(".\303\274")},
	{"Latin-1", STR_LIT(".\374")},
	{".a, line feed, b", STR_LIT(".a\nb")},
	FOREIGN("a"),
	FOREIGN("Lists"),
	{".a, NUL, b", STR_LIT(".a\0b")},
};

static void stays(void **state)
{
	const struct foreign_row *row = *state;
	struct arena *mem = arena_new();
	expect(folder_name(row->directory, mem), row->directory);
	arena_free(mem);
}

/* ---- many ---- */

static size_t put_utf8(char *p, unsigned c)
{
	if (c < 0x80)
		return p[0] = (char)c, 1;
	if (c < 0x800)
		return p[0] = (char)(0xc0 | c >> 6), p[1] = (char)(0x80 | (c & 0x3f)), 2;
	p[0] = (char)(c < 0x10000 ? 0xe0 | c >> 12 : 0xf0 | c >> 18);
	if (c < 0x10000)
		return p[1] = (char)(0x80 | (c >> 6 & 0x3f)), p[2] = (char)(0x80 | (c & 0x3f)), 3;
	p[1] = (char)(0x80 | (c >> 12 & 0x3f));
	p[2] = (char)(0x80 | (c >> 6 & 0x3f));
	return p[3] = (char)(0x80 | (c & 0x3f)), 4;
}

/* Each character beside its neighbours, so that shifts begin at every bit. */
static void every_character(void **state)
{
	struct arena *mem = arena_new();
	(void)state;
	for (unsigned c = 0x20; c <= 0x10ffff; c += c < 0x3000 ? 1 : 61) {
		char text[16];
		struct str directory, folder = {text, 0};
		if ((c >= 0x7f && c < 0xa0) || (c >= 0xd800 && c < 0xe000) || c == '.' || c == '/')
			continue;
		for (unsigned n = 0; n < 1 + c % 3; n++)
			folder.n += put_utf8(text + folder.n, c);
		if (folder_directory(folder, mem, &directory, NULL) < 0 ||
			!str_eq(folder_name(directory, mem), folder))
			fail_msg("U+%04X", c);
	}
	arena_free(mem);
}

static void sizes(void **state)
{
	struct arena *mem = arena_new();
	struct str directory;
	char text[260];
	(void)state;
	memset(text, 'x', sizeof text);
	assert_int_equal(folder_directory((struct str){text, 254}, mem, &directory, NULL), 0);
	assert_int_equal(directory.n, FOLDER_MAX_BYTES);
	assert_int_equal(folder_directory((struct str){text, 255}, mem, &directory, NULL), -1);
	for (size_t i = 1; i < 63; i += 2)
		text[i] = '/';
	assert_int_equal(folder_directory((struct str){text, 63}, mem, &directory, NULL), 0);
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(to_directory, pairs),
		TABLE(to_name, pairs),
		TABLE(is_refused, refused),
		TABLE(stays, foreign),
		TABLE_OF_ONE(every_character, "every character, there and back"),
		TABLE_OF_ONE(sizes, "the longest and the deepest name"),
	};
	return table_run("folder", tables, sizeof tables / sizeof *tables);
}
