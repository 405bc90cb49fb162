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

/* ---- the rules that a row goes by ---- */

enum rules_name {
	USUAL,
	SLASH,
	DOT,
	CARET,
	INBOX_DOT,
	INBOX_SLASH,
	MAIL,
	COURIER,
	UTF8,
	FS,
	FS_DOT,
	FS_INBOX,
	FS_UTF8
};

static const struct folder_rules all_rules[] = {
	[USUAL] = {.layout = FOLDER_FLAT},
	[SLASH] = {.separator = '/'},
	[DOT] = {.separator = '.'},
	[CARET] = {.prefix = STR_LIT("INBOX^"), .separator = '^'},
	[INBOX_DOT] = {.prefix = STR_LIT("INBOX."), .separator = '.'},
	[INBOX_SLASH] = {.prefix = STR_LIT("INBOX/"), .separator = '/'},
	[MAIL] = {.prefix = STR_LIT("Mail/"), .separator = '/'},
	[COURIER] = {.prefix = STR_LIT("INBOX."), .without_prefix = true},
	[UTF8] = {.utf8 = true},
	[FS] = {.layout = FOLDER_NESTED},
	[FS_DOT] = {.layout = FOLDER_NESTED, .separator = '.'},
	[FS_INBOX] = {.layout = FOLDER_NESTED, .prefix = STR_LIT("INBOX/"), .separator = '/'},
	[FS_UTF8] = {.layout = FOLDER_NESTED, .utf8 = true},
};

/* ---- folder and directory, both ways ---- */

struct pair_row {
	const char *name;
	struct str folder, directory, normal;
	enum rules_name rules;
};

/* A name in its normal form, and one that is written in another way. */
#define SAME(folder, directory) BY(USUAL, folder, directory)
#define BY(rules, folder, directory)                                                               \
	{                                                                                          \
#rules ": " folder, STR_LIT(folder), STR_LIT(directory), STR_LIT(folder), rules    \
	}
#define OTHER(folder, directory, normal) OTHER_BY(USUAL, folder, directory, normal)
#define OTHER_BY(rules, folder, directory, normal)                                                 \
	{                                                                                          \
#rules ": " folder " is " normal, STR_LIT(folder), STR_LIT(directory),             \
			STR_LIT(normal), rules                                                     \
	}

static const struct pair_row pairs[] = {
	SAME("INBOX", ""),
	SAME("Junk", ".Junk"),
	SAME("Lists/Foo", ".Lists.Foo"),
	SAME("a b", ".a b"),
	SAME("a&b", ".a&-b"),
	SAME("&", ".&-"),
	SAME("&-", ".&--"),
	SAME("x~peter/mail/台北/日本語", ".x~peter.mail.&U,BTFw-.&ZeVnLIqe-"),
	SAME("Entwürfe", ".Entw&APw-rfe"),
	SAME("Eink&AOQ-ufe", ".Eink&-AOQ-ufe"),
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
	SAME("a\177", ".a&AH8-"),
	SAME("a\302\205", ".a&AIU-"),
	SAME("INBOX/INBOX", ".INBOX.INBOX"),
	SAME("INBOX/inbox/x", ".INBOX.inbox.x"),
	SAME("INBOX/Junk", ".INBOX.Junk"),
	SAME("INBOXES", ".INBOXES"),
	SAME("x/INBOX", ".x.INBOX"),
	SAME("-", ".-"),
	SAME("*", ".*"),
	SAME("x/~", ".x.~"),
	SAME("%", ".%"),
	SAME("a:2,S", ".a:2,S"),
	SAME("new", ".new"),
	OTHER("", "", "INBOX"),
	OTHER("inbox", "", "INBOX"),
	OTHER("InBoX", "", "INBOX"),
	OTHER("inbox.Junk", ".INBOX.Junk", "INBOX/Junk"),
	OTHER("Lists.Foo", ".Lists.Foo", "Lists/Foo"),
	OTHER("Lists.Foo/Bar", ".Lists.Foo.Bar", "Lists/Foo/Bar"),
	BY(SLASH, "Lists/Foo", ".Lists.Foo"),
	BY(SLASH, "a^b", ".a^b"),
	BY(DOT, "Lists.Foo", ".Lists.Foo"),
	OTHER_BY(DOT, "iNbox.A", ".INBOX.A", "INBOX.A"),
	BY(INBOX_DOT, "INBOX", ""),
	BY(INBOX_DOT, "INBOX.A", ".A"),
	BY(INBOX_DOT, "INBOX.A.B", ".A.B"),
	BY(INBOX_DOT, "INBOX.inbox", ".inbox"),
	BY(INBOX_DOT, "INBOX.inbox.A", ".inbox.A"),
	BY(INBOX_DOT, "INBOX.INBOX.A", ".INBOX.A"),
	OTHER_BY(INBOX_DOT, "INBOX.", "", "INBOX"),
	OTHER_BY(INBOX_DOT, "INBOX.INBOX", "", "INBOX"),
	OTHER_BY(INBOX_DOT, "iNbox.A", ".A", "INBOX.A"),
	BY(INBOX_SLASH, "INBOX/A/B", ".A.B"),
	BY(CARET, "INBOX^A^B", ".A.B"),
	BY(MAIL, "Mail/A", ".A"),
	BY(MAIL, "Mail/INBOX/A", ".INBOX.A"),
	BY(MAIL, "Mail/inbox", ".inbox"),
	OTHER_BY(MAIL, "Mail", "", "INBOX"),
	OTHER_BY(MAIL, "Mail/", "", "INBOX"),
	OTHER_BY(MAIL, "Mail/INBOX", "", "INBOX"),
	BY(COURIER, "INBOX.A.B", ".A.B"),
	BY(COURIER, "INBOX.INBOX", ".INBOX"),
	OTHER_BY(COURIER, "A/B", ".A.B", "INBOX.A.B"),
	OTHER_BY(COURIER, "inbox/A", ".A", "INBOX.A"),
	BY(UTF8, "Entwürfe/台北", ".Entwürfe.台北"),
	BY(UTF8, "a&b", ".a&b"),
	BY(UTF8, "Eink&AOQ-ufe", ".Eink&AOQ-ufe"),
	BY(FS, "INBOX", ""),
	BY(FS, "Lists/Foo", "Lists/Foo"),
	BY(FS, "a.b", "a.b"),
	BY(FS, ".a", ".a"),
	BY(FS, "a.", "a."),
	BY(FS, "a..b", "a..b"),
	BY(FS, "...", "..."),
	BY(FS, "ü/ü", "&APw-/&APw-"),
	BY(FS, "INBOX/A", "INBOX/A"),
	BY(FS, "a/inbox", "a/inbox"),
	BY(FS, "newer", "newer"),
	BY(FS, "INBOX.A", "INBOX.A"),
	OTHER_BY(FS, "inbox/A", "INBOX/A", "INBOX/A"),
	BY(FS_DOT, "a.b", "a/b"),
	BY(FS_DOT, "dovecot.index", "dovecot/index"),
	OTHER_BY(FS_DOT, "inbox.A", "INBOX/A", "INBOX.A"),
	BY(FS_INBOX, "INBOX/A.B/C", "A.B/C"),
	OTHER_BY(FS_INBOX, "INBOX/INBOX", "", "INBOX"),
	BY(FS_UTF8, "ü/ü&", "ü/ü&"),
};

static void to_directory(void **state)
{
	const struct pair_row *row = *state;
	struct arena *mem = arena_new();
	struct str directory = none;
	struct err err = {0};
	folder_declare(&all_rules[row->rules]);
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
	folder_declare(&all_rules[row->rules]);
	expect(folder_name(row->directory, mem), row->normal);
	arena_free(mem);
}

/* ---- names that are refused ---- */

struct refused_row {
	const char *name;
	struct str folder;
	const char *why;
	enum rules_name rules;
};

#define X10(s)  s s s s s s s s s s
#define X200(s) X10(X10(s)) X10(X10(s))
#define X250(s) X10(X10(s)) X10(X10(s)) X10(s) X10(s) X10(s) X10(s) X10(s)

static const struct refused_row refused[] = {
	{"a slash", STR_LIT("/"), "empty level", USUAL},
	{"a dot", STR_LIT("."), "empty level", USUAL},
	{"dots", STR_LIT(".."), "empty level", USUAL},
	{"dots and a slash", STR_LIT("../x"), "empty level", USUAL},
	{"a way out", STR_LIT("../../etc/passwd"), "empty level", USUAL},
	{"a way out from below", STR_LIT("x/../../y"), "empty level", USUAL},
	{"an absolute path", STR_LIT("/etc"), "empty level", USUAL},
	{"a slash at the end", STR_LIT("x/"), "empty level", USUAL},
	{"a dot at the end", STR_LIT("x."), "empty level", USUAL},
	{"two separators", STR_LIT("x//y"), "empty level", USUAL},
	{"INBOX and a slash", STR_LIT("INBOX/"), "empty level", USUAL},
	{"INBOX and a way out", STR_LIT("INBOX/../x"), "empty level", USUAL},
	{"NUL", STR_LIT("a\0b"), "control", USUAL},
	{"NUL alone", STR_LIT("\0"), "control", USUAL},
	{"a line feed", STR_LIT("a\nb"), "control", USUAL},
	{"a tab", STR_LIT("a\tb"), "control", USUAL},
	{"escape", STR_LIT("\033[2J"), "control", USUAL},
	{"a byte that is no UTF-8", STR_LIT("a\377"), "UTF-8", USUAL},
	{"Latin-1", STR_LIT("Entw\374rfe"), "UTF-8", USUAL},
	{"an overlong slash", STR_LIT("a\300\257b"), "UTF-8", USUAL},
	{"an overlong NUL", STR_LIT("a\300\200b"), "UTF-8", USUAL},
	{"a surrogate in UTF-8", STR_LIT("\355\240\200"), "UTF-8", USUAL},
	{"above U+10FFFF", STR_LIT("\364\220\200\200"), "UTF-8", USUAL},
	{"a character cut off", STR_LIT("a\303"), "UTF-8", USUAL},
	{"a tilde", STR_LIT("~peter"), "begins with", USUAL},
	{"a tilde below the prefix", STR_LIT("INBOX.~peter"), "begins with", INBOX_DOT},
	{"another separator", STR_LIT("a.b"), "separator", SLASH},
	{"a slash among dots", STR_LIT("a/b"), "separator", DOT},
	{"a dot among carets", STR_LIT("INBOX^a.b"), "separator", CARET},
	{"a slash among carets", STR_LIT("INBOX^a/b"), "separator", CARET},
	{"a slash among dots, nested", STR_LIT("a/b"), "separator", FS_DOT},
	{"no prefix", STR_LIT("A"), "folder_prefix", INBOX_DOT},
	{"a part of the prefix", STR_LIT("INBO"), "folder_prefix", INBOX_DOT},
	{"the prefix and no separator", STR_LIT("INBOXA"), "folder_prefix", INBOX_DOT},
	{"the prefix with another separator", STR_LIT("INBOX/A"), "separator", INBOX_DOT},
	{"a prefix in another case", STR_LIT("mail/A"), "folder_prefix", MAIL},
	{"below INBOX, with another prefix", STR_LIT("INBOX/A"), "folder_prefix", MAIL},
	{"an empty level after the prefix", STR_LIT("INBOX..A"), "empty level", INBOX_DOT},
	{"a way out, nested", STR_LIT("a/../../b"), "needs", FS},
	{"dots, nested", STR_LIT(".."), "needs", FS},
	{"a dot, nested", STR_LIT("a/."), "needs", FS},
	{"an absolute path, nested", STR_LIT("/etc"), "empty level", FS},
	{"new, nested", STR_LIT("new"), "needs", FS},
	{"cur in the middle, nested", STR_LIT("a/cur/b"), "needs", FS},
	{"Dovecot's file, nested", STR_LIT("dovecot-uidlist"), "needs", FS},
	{"our file, nested", STR_LIT("a/mda-uids"), "needs", FS},
	{"subscriptions, nested", STR_LIT("INBOX/subscriptions"), "needs", FS_INBOX},
	{"a level of 256 bytes, nested", STR_LIT("a/" X250("x") "xxxxxx"), "too long", FS},
	{"482 bytes, nested", STR_LIT(X200("x") "/" X200("x") "/" X10("xxxxxxxx")), "too long", FS},
	{"128 levels", STR_LIT(X10(X10("x/")) X10("x/") X10("x/") "x/x/x/x/x/x/x/x"), "too long",
		USUAL},
	{"255 bytes", STR_LIT(X250("x") "xxxxx"), "too long", USUAL},
	{"250 umlauts", STR_LIT(X250("ü")), "too long", USUAL},
	{"25000 bytes", STR_LIT(X250(X10(X10("x")))), "too long", USUAL},
	{"1250 levels", STR_LIT(X250("x/x/x/x/x/") "x"), "too long", USUAL},
};

static void is_refused(void **state)
{
	const struct refused_row *row = *state;
	struct arena *mem = arena_new();
	struct str directory;
	struct err err = {0};
	folder_declare(&all_rules[row->rules]);
	assert_int_equal(folder_directory(row->folder, mem, &directory, &err), -1);
	assert_int_equal(err.fault, FAULT_TEMP);
	if (!strstr(err.text, row->why))
		fail_msg("says: %s", err.text);
	arena_free(mem);
}

/* ---- directories that no folder name leads to ---- */

struct foreign_row {
	const char *name;
	struct str directory, shown;
	enum rules_name rules;
};

#define FOREIGN(text)                                                                              \
	{                                                                                          \
		text, STR_LIT(text), STR_LIT(text), USUAL                                          \
	}
#define NESTED(text)                                                                               \
	{                                                                                          \
		"nested: " text, STR_LIT(text), STR_LIT("./" text), FS                             \
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
	{"UTF-8", STR_LIT(".\303\274"), STR_LIT(".\303\274"), USUAL},
	{"Latin-1", STR_LIT(".\374"), STR_LIT(".\374"), USUAL},
	{".a, line feed, b", STR_LIT(".a\nb"), STR_LIT(".a\nb"), USUAL},
	FOREIGN(".INBOX"),
	FOREIGN(".inbox.a"),
	FOREIGN(".~a"),
	NESTED("a&"),
	NESTED("&AGE-"),
	NESTED("~a"),
	NESTED("a\nb"),
	NESTED("INBOX"),
	NESTED("inbox/a"),
	{"a dot where it is the separator", STR_LIT("a.b"), STR_LIT("./a.b"), FS_DOT},
	{"INBOX below the prefix", STR_LIT("INBOX"), STR_LIT("./INBOX"), FS_INBOX},
	{"INBOX below the prefix, flat", STR_LIT(".INBOX"), STR_LIT(".INBOX"), INBOX_DOT},
	{"Latin-1 where it is UTF-8", STR_LIT(".\374"), STR_LIT(".\374"), UTF8},
	{".a, NUL, b", STR_LIT(".a\0b"), STR_LIT(".a\0b"), USUAL},
};

static void stays(void **state)
{
	const struct foreign_row *row = *state;
	struct arena *mem = arena_new();
	folder_declare(&all_rules[row->rules]);
	expect(folder_name(row->directory, mem), row->shown);
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
	folder_declare(&all_rules[USUAL]);
	for (unsigned c = 0x20; c <= 0x10ffff; c += c < 0x3000 ? 1 : 61) {
		char text[16];
		struct str directory, folder = {text, 0};
		if ((c >= 0xd800 && c < 0xe000) || c == '.' || c == '/' || c == '~')
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
	folder_declare(&all_rules[USUAL]);
	memset(text, 'x', sizeof text);
	assert_int_equal(folder_directory((struct str){text, 254}, mem, &directory, NULL), 0);
	assert_int_equal(directory.n, FOLDER_NAME_BYTES);
	assert_int_equal(folder_directory((struct str){text, 255}, mem, &directory, NULL), -1);
	for (size_t i = 1; i < 253; i += 2)
		text[i] = '/';
	assert_int_equal(folder_directory((struct str){text, 253}, mem, &directory, NULL), 0);
	arena_free(mem);
}

/* ---- what the configuration names ---- */

struct whole_row {
	const char *name, *whole;
	enum rules_name rules;
};

static const struct whole_row wholes[] = {
	{"Junk", "Junk", USUAL},
	{"INBOX/Junk", "INBOX/Junk", USUAL},
	{"Junk", "INBOX.Junk", INBOX_DOT},
	{"INBOX.Junk", "INBOX.Junk", INBOX_DOT},
	{"INBOX", "INBOX", INBOX_DOT},
	{"Junk", "Mail/Junk", MAIL},
	{"Junk", "Junk", COURIER},
};

static void is_whole(void **state)
{
	const struct whole_row *row = *state;
	struct arena *mem = arena_new();
	folder_declare(&all_rules[row->rules]);
	expect(folder_with_prefix(str_of(row->name), mem), str_of(row->whole));
	arena_free(mem);
}

struct within_row {
	const char *name;
	bool within;
	enum rules_name rules;
};

static const struct within_row withins[] = {
	{".Trash", true, USUAL},
	{".Trash.a", true, USUAL},
	{".Trashed", false, USUAL},
	{"Trash", false, USUAL},
	{".x.Trash", false, USUAL},
	{"", false, USUAL},
	{"Trash", true, FS},
	{"Trash/a", true, FS},
	{"Trash.a", false, FS},
	{".Trash", false, FS},
	{"x/Trash", false, FS},
};

static void is_within(void **state)
{
	const struct within_row *row = *state;
	folder_declare(&all_rules[row->rules]);
	assert_int_equal(folder_is_within(str_of(row->name), "Trash"), row->within);
}

/* ---- names in modified UTF-7 ---- */

struct encoded_row {
	const char *name, *meaning; /* NULL: it does not look so */
};

static const struct encoded_row encoded[] = {
	{"Eink&AOQ-ufe", "Einkäufe"},
	{"Tea &- Coffee", "Tea & Coffee"},
	{"&2D3cjA-/x", "💌/x"},
	{"Tea & Coffee", NULL},
	{"Q&A", NULL},
	{"&", NULL},
	{"Ü&AOQ-", NULL},
	{"plain", NULL},
};

static void looks_encoded(void **state)
{
	const struct encoded_row *row = *state;
	struct arena *mem = arena_new();
	struct str meaning;
	assert_int_equal(
		folder_looks_encoded(str_of(row->name), mem, &meaning), row->meaning != NULL);
	if (row->meaning)
		expect(meaning, str_of(row->meaning));
	arena_free(mem);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(to_directory, pairs),
		TABLE(to_name, pairs),
		TABLE(is_refused, refused),
		TABLE(stays, foreign),
		TABLE(is_whole, wholes),
		TABLE(is_within, withins),
		TABLE(looks_encoded, encoded),
		TABLE_OF_ONE(every_character, "every character, there and back"),
		TABLE_OF_ONE(sizes, "the longest and the deepest name"),
	};
	return table_run("folder", tables, sizeof tables / sizeof *tables);
}
