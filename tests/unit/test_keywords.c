/* Keywords: which letters they get, and what is written for Dovecot. */
#include "store/keywords.h"

#include "base/io.h"
#include "base/verdict.h"
#include "tests/unit/table.h"
#include "tests/unit/test_store.h"

#include <time.h>

#define LETTER(c) ((unsigned)KEYWORDS_FIRST_BIT << ((c) - 'a'))
#define ALL_BUT_ONE                                                                                \
	"0 k0\n1 k1\n2 k2\n3 k3\n4 k4\n5 k5\n6 k6\n7 k7\n8 k8\n9 k9\n10 k10\n11 k11\n12 k12\n"     \
	"13 k13\n14 k14\n15 k15\n16 k16\n17 k17\n18 k18\n19 k19\n20 k20\n21 k21\n22 k22\n"         \
	"23 k23\n24 k24\n"

/* ---- the file ---- */

struct letter_row {
	const char *name;
	const char *before; /* the file; NULL: none */
	const char *names[3];
	unsigned bits;
	const char *after; /* NULL: as before */
	const char *error; /* a part of it; NULL: none */
};

static const struct letter_row letter_rows[] = {
	{"none yet", NULL, {"$External"}, LETTER('a'), "0 $External\n", NULL},
	{"two", NULL, {"one", "two"}, LETTER('a') | LETTER('b'), "0 one\n1 two\n", NULL},
	{"there already", "0 one\n1 two\n", {"two"}, LETTER('b'), NULL, NULL},
	{"case does not count", "0 one\n", {"ONE"}, LETTER('a'), NULL, NULL},
	{"the same one twice", NULL, {"one", "One"}, LETTER('a'), "0 one\n", NULL},
	{"a free letter in between", "0 one\n2 two\n", {"x"}, LETTER('b'), "0 one\n1 x\n2 two\n",
		NULL},
	{"the last letter", ALL_BUT_ONE, {"z"}, LETTER('z'), ALL_BUT_ONE "25 z\n", NULL},
	{"no letter is left", ALL_BUT_ONE "25 z\n", {"y", "k3"}, LETTER('d'), NULL,
		"the keyword y is left out: the folder already has 26"},
	{"one letter for two", ALL_BUT_ONE, {"y", "x"}, LETTER('z'), ALL_BUT_ONE "25 y\n",
		"the keyword x is left out"},
	{"an empty file", "", {"x"}, LETTER('a'), "0 x\n", NULL},
	{"a line that is none", "zero one\n\n0one\n1 two\n", {"x"}, LETTER('a'), "0 x\n1 two\n",
		NULL},
	{"a number that is none", "26 one\n99999999999999999999 two\n-1 three\n", {"x"},
		LETTER('a'), "0 x\n", NULL},
	{"a number twice", "0 one\n0 two\n", {"two"}, LETTER('a'), NULL, NULL},
	{"without its last line end", "0 one\n1 two", {"x"}, LETTER('c'), "0 one\n1 two\n2 x\n",
		NULL},
};

static const char *read_file(struct box *b)
{
	struct str text = {"", 0};
	assert_true(
		io_read_file(box_path(b, "dovecot-keywords"), 65536, b->mem, &text, &b->err) >= 0);
	return arena_fmt(b->mem, STR_FMT, STR_ARGS(text)).p;
}

static int find(struct box *b, const char *const *names, unsigned *bits)
{
	struct str list[3];
	size_t count = 0;
	for (; count < 3 && names[count]; count++)
		list[count] = str_of(names[count]);
	int folder = open(b->dir, O_RDONLY | O_DIRECTORY);
	assert_true(folder >= 0);
	int r = keywords_find(folder, list, count, bits, &b->err);
	close(folder);
	return r;
}

static void test_finding(void **state)
{
	const struct letter_row *row = *state;
	struct box *b = box_new();
	unsigned bits;
	if (row->before)
		box_write(b, "dovecot-keywords", row->before);
	assert_int_equal(find(b, row->names, &bits), row->error ? -1 : 0);
	if (row->error)
		assert_non_null(strstr(b->err.text, row->error));
	assert_int_equal(bits, row->bits);
	assert_string_equal(read_file(b), row->after ? row->after : row->before);
	assert_false(box_has(b, "dovecot-keywords.lock"));
	box_free(b);
}

/* Dovecot compares whole seconds. */
static void test_time(void **state)
{
	static const char *const names[] = {"x", NULL};
	struct box *b = box_new();
	struct stat before, after;
	unsigned bits;
	(void)state;
	box_write(b, "dovecot-keywords", "0 one\n");
	const struct timespec ahead[] = {{.tv_sec = 2000000000}, {.tv_sec = 2000000000}};
	assert_int_equal(utimensat(AT_FDCWD, box_path(b, "dovecot-keywords"), ahead, 0), 0);
	assert_int_equal(stat(box_path(b, "dovecot-keywords"), &before), 0);
	assert_int_equal(find(b, names, &bits), 0);
	assert_int_equal(stat(box_path(b, "dovecot-keywords"), &after), 0);
	assert_true(after.st_mtime == before.st_mtime + 1);
	box_free(b);
}

/* A name that another program wrote stays as it is, whatever is in it. */
static void test_nul(void **state)
{
	static const char *const names[] = {"one", NULL};
	static const char before[] = "0 one\0x\n", after[] = "0 one\0x\n1 one\n";
	struct box *b = box_new();
	struct str text;
	unsigned bits;
	(void)state;
	assert_int_equal(io_replace_file(box_path(b, "dovecot-keywords"),
				 (struct str){before, sizeof before - 1}, 0600, &b->err),
		0);
	assert_int_equal(find(b, names, &bits), 0);
	assert_int_equal(bits, LETTER('b'));
	assert_int_equal(
		io_read_file(box_path(b, "dovecot-keywords"), 4096, b->mem, &text, &b->err), 1);
	assert_int_equal(text.n, sizeof after - 1);
	assert_memory_equal(text.p, after, text.n);
	box_free(b);
}

static void test_mode(void **state)
{
	static const char *const names[] = {"x", NULL};
	struct box *b = box_new();
	struct stat st;
	unsigned bits;
	(void)state;
	box_write(b, "dovecot-keywords", "0 one\n");
	assert_int_equal(chmod(box_path(b, "dovecot-keywords"), 0644), 0);
	assert_int_equal(chmod(box_path(b, "."), 0750), 0);
	assert_int_equal(find(b, names, &bits), 0);
	assert_int_equal(stat(box_path(b, "dovecot-keywords"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	box_free(b);
}

static void test_link(void **state)
{
	static const char *const names[] = {"x", NULL};
	struct box *b = box_new();
	unsigned bits;
	(void)state;
	assert_int_equal(symlink("/etc/passwd", box_path(b, "dovecot-keywords")), 0);
	assert_int_equal(find(b, names, &bits), -1);
	assert_int_equal(bits, 0);
	box_free(b);
}

/* ---- names ---- */

struct name_row {
	const char *name, *text;
	bool valid;
};

static const struct name_row name_rows[] = {
	{"a word", "work", true},
	{"a dollar", "$External", true},
	{"dots and dashes", "a.b-c_d", true},
	{"empty", "", false},
	{"a blank", "a b", false},
	{"a line end", "a\nb", false},
	{"a system flag", "\\Seen", false},
	{"a bracket", "a(b", false},
	{"a square bracket", "a]b", false},
	{"a star", "a*", false},
	{"a quote", "a\"b", false},
	{"an umlaut", "gr\xc3\xbc\xc3\x9f", false},
	{"fifty letters", "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghij", true},
	{"fifty-one", "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijk", false},
};

static void test_naming(void **state)
{
	const struct name_row *row = *state;
	assert_int_equal(keywords_is_name(str_of(row->text)), row->valid);
}

/* ---- deliveries ---- */

struct delivered {
	const char *name;
	enum store_server server;
	const char *keyword;
	unsigned flags;
	const char *part, *info; /* where it is, and after its base name */
};

static const struct delivered delivered[] = {
	{"a keyword", STORE_SERVER_DOVECOT, "$External", 0, "cur", ":2,a"},
	{"a flag and a keyword", STORE_SERVER_DOVECOT, "$External", FLAG_SEEN, "cur", ":2,Sa"},
	{"one that cannot be", STORE_SERVER_DOVECOT, "not one", 0, "new", ""},
	{"one that cannot be, and a flag", STORE_SERVER_DOVECOT, "\\x", FLAG_FLAGGED, "cur",
		":2,F"},
	{"without a server", STORE_SERVER_NONE, "$External", 0, "new", ""},
	{"with Courier", STORE_SERVER_COURIER, "$External", FLAG_SEEN, "cur", ":2,S"},
};

static void test_delivered(void **state)
{
	const struct delivered *row = *state;
	struct box *b = box_new();
	struct job job = {.text = "Subject: x\n\ny\n",
		.folders = {"", "A"},
		.flags = row->flags,
		.keyword = row->keyword,
		.server = row->server};
	if (box_deliver(b, &job) < 0)
		fail_msg("%s", b->err.text);
	for (size_t i = 0; i < 2; i++) {
		struct str base = job.receipts[i].file_name;
		const char *path = arena_fmt(b->mem, "Maildir/%s%s/" STR_FMT "%s", i ? ".A/" : "",
			row->part, STR_ARGS(base), row->info)
					   .p;
		if (!box_has(b, path))
			fail_msg("there is no %s", path);
	}
	box_free(b);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_finding, letter_rows),
		TABLE_OF_ONE(test_time, "its time moves on by a second"),
		TABLE_OF_ONE(test_nul, "a name with a NUL stays as it is"),
		TABLE_OF_ONE(test_mode, "its mode is the folder's, as Dovecot has it"),
		TABLE_OF_ONE(test_link, "a symbolic link is not followed"),
		TABLE(test_naming, name_rows),
		TABLE(test_delivered, delivered),
	};
	return table_run("keywords", tables, sizeof tables / sizeof *tables);
}
