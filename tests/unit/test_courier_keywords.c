/* Courier's keywords: what its files say about a message, and the file that is written. */
#include "store/courier_keywords.h"

#include "base/io.h"
#include "base/str_list.h"
#include "tests/unit/table.h"
#include "tests/unit/test_store.h"

#define LIST "work\nurgent\n\nm1:0 1\nm2:1\n"

static const struct read_row {
	const char *name;
	const char *list;              /* NULL: none */
	const char *file[2], *text[2]; /* files of single messages */
	const char *base, *keywords;   /* with a comma after each; NULL: they cannot be read */
} read_rows[] = {
	{"none", NULL, {NULL}, {NULL}, "m1", ""},
	{"of the list", LIST, {NULL}, {NULL}, "m1", "work,urgent,"},
	{"of the list, one", LIST, {NULL}, {NULL}, "m2", "urgent,"},
	{"not in the list", LIST, {NULL}, {NULL}, "m", ""},
	{"a file is newer than the list", LIST, {"m1"}, {"late\n"}, "m1", "late,"},
	{"one for another message", LIST, {"m2"}, {"late\n"}, "m1", "work,urgent,"},
	{"an empty file: all were taken away", LIST, {"m1"}, {""}, "m1", ""},
	{"a file with a time", LIST, {".5000001.m1"}, {"late\n"}, "m1", "late,"},
	{"the later one", LIST, {".5000001.m1", ".5000000.m1"}, {"new\n", "old\n"}, "m1", "new,"},
	{"the later one, the other way round", LIST, {".999.m1", ".1000.m1"}, {"old\n", "new\n"},
		"m1", "new,"},
	{"the one without a time", LIST, {".5000001.m1", "m1"}, {"old\n", "new\n"}, "m1", "new,"},
	{"a base name with dots", NULL, {".7.1.M2.h,S=3"}, {"a\n"}, "1.M2.h,S=3", "a,"},
	{"what is being written", LIST, {".tmp.17.m1"}, {"half"}, "m1", "work,urgent,"},
	{"up to an empty line", NULL, {"m1"}, {"a\n\nb\n"}, "m1", "a,"},
	{"numbers beyond the names", "work\n\nm1:1 0 77777777777777777777 -1 x\n", {NULL}, {NULL},
		"m1", "work,"},
	{"the same name twice", "a\na\n\nm1:0 1 0\n", {NULL}, {NULL}, "m1", "a,"},
	{"names that no client could use", "a b\n\\Seen\nok\n(\n\nm1:0 1 2 3\n", {NULL}, {NULL},
		"m1", "ok,"},
	{"a list without names", "\nm1:0\n", {NULL}, {NULL}, "m1", ""},
	{"a list that ends early", "work", {NULL}, {NULL}, "m1", ""},
	{"a line without a colon", "work\n\nm1 0\nm1:0", {NULL}, {NULL}, "m1", "work,"},
};

static void put(struct box *b, const char *name, const char *text)
{
	const char *path = arena_fmt(b->mem, "%s/courierimapkeywords/%s", b->dir, name).p;
	assert_int_equal(io_replace_file(path, str_of(text), 0600, &b->err), 0);
}

static int open_box(const struct box *b)
{
	int folder = open(b->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(folder >= 0);
	return folder;
}

/* With a comma after each; NULL if they cannot be read. */
static const char *keywords_of(struct box *b, const char *base)
{
	int folder = open_box(b);
	struct str_list names;
	struct str text = STR_EMPTY;
	struct courier_keywords *k = courier_keywords_read(folder, b->mem, &b->err);
	int r = k ? courier_keywords_of(k, str_of(base), &names, &b->err) : -1;
	for (size_t i = 0; r == 0 && i < names.count; i++)
		text = ARENA_JOIN(b->mem, text, names.items[i], STR_LIT(","));
	close(folder);
	return r == 0 ? arena_cstr(b->mem, text) : NULL;
}

static void test_read(void **state)
{
	const struct read_row *row = *state;
	struct box *b = box_new();
	if (row->list || row->file[0])
		assert_int_equal(mkdir(box_path(b, "courierimapkeywords"), 0700), 0);
	if (row->list)
		put(b, ":list", row->list);
	for (size_t i = 0; i < 2 && row->file[i]; i++)
		put(b, row->file[i], row->text[i]);
	assert_string_equal(keywords_of(b, row->base), row->keywords);
	box_free(b);
}

static void test_written(void **state)
{
	struct box *b = box_new();
	struct str words[] = {STR_LIT("work"), STR_LIT("$Label")};
	const struct str_list two = {words, 2}, none = {0};
	int folder = open_box(b);
	(void)state;
	assert_int_equal(courier_keywords_write(folder, STR_LIT("m1"), &two, &b->err), 0);
	assert_string_equal(keywords_of(b, "m1"), "work,$Label,");
	assert_int_equal(courier_keywords_write(folder, STR_LIT("m1"), &none, &b->err), 0);
	assert_string_equal(keywords_of(b, "m1"), "");
	close(folder);
	box_free(b);
}

/* Nothing is read or written through a link, and nothing waits for a FIFO. */
static void test_traps(void **state)
{
	struct box *b = box_new();
	struct str word = STR_LIT("work");
	const struct str_list one = {&word, 1};
	int folder = open_box(b);
	(void)state;
	assert_int_equal(symlink("/tmp", box_path(b, "courierimapkeywords")), 0);
	assert_null(keywords_of(b, "m1"));
	assert_int_equal(courier_keywords_write(folder, STR_LIT("m1"), &one, &b->err), -1);
	assert_int_equal(unlink(box_path(b, "courierimapkeywords")), 0);
	assert_int_equal(mkdir(box_path(b, "courierimapkeywords"), 0700), 0);
	assert_int_equal(mkfifo(box_path(b, "courierimapkeywords/m1"), 0600), 0);
	assert_null(keywords_of(b, "m1"));
	assert_string_equal(keywords_of(b, "m2"), "");
	close(folder);
	box_free(b);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_read, read_rows),
		TABLE_OF_ONE(test_written, "what is written is read again"),
		TABLE_OF_ONE(test_traps, "no link is followed, and no FIFO waited for"),
	};
	return table_run("courier_keywords", tables, sizeof tables / sizeof *tables);
}
