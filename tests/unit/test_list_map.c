/*
 * Compiled lists give the same answers as the text, whatever it contains; and what happens to
 * compiled lists that cannot be used.
 */
#include "base/buf.h"
#include "base/io.h"
#include "filters/lists/list_compile.h"
#include "filters/lists/list_search.h"
#include "tests/unit/table.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char dir[] = "/tmp/mda-test-map.XXXXXX";
static struct str path;
static char compiled_path[64];

static void write_text(struct str text)
{
	struct err err;
	if (io_replace_file(path.p, text, 0640, &err) < 0)
		fail_msg("%s", err.text);
}

static struct list_compiled compile(void)
{
	struct list_compiled done;
	struct err err;
	if (list_compile(path, &done, &err) != 1)
		fail_msg("%s", err.text);
	return done;
}

/* ---- what it found, as text: the lines in their order, and what was said ---- */

enum { MOST_LINES = 4096 };

struct found {
	bool lines[MOST_LINES];
	struct buf notes;
	size_t broken;
};

static void on_hit(void *context, const struct list_hit *hit)
{
	struct found *f = context;
	assert_true(hit->line < MOST_LINES);
	f->lines[hit->line] = true;
}

static void on_broken(void *context, const struct list_line *l)
{
	struct found *f = context;
	buf_fmt(&f->notes, "%u:%u: %s\n", l->line, l->column, l->wrong);
}

static void on_stale(void *context, const char *text)
{
	struct found *f = context;
	buf_fmt(&f->notes, "stale: %s\n", text);
}

static struct str ask(const char *key, struct arena *mem)
{
	static struct found f;
	struct str keys[] = {str_of(key)};
	struct list_query q = {.path = path,
		.keys = keys,
		.count = 1,
		.hit = on_hit,
		.broken = on_broken,
		.stale = on_stale,
		.context = &f};
	struct err err;
	struct buf b = {0};
	memset(&f, 0, sizeof f);
	if (list_search(&q, &err) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < MOST_LINES; i++)
		if (f.lines[i])
			buf_fmt(&b, "%zu ", i);
	buf_add(&b, buf_str(&f.notes));
	if (q.broken_total)
		buf_fmt(&b, "broken: %zu", q.broken_total);
	struct str text = arena_str(mem, buf_str(&b));
	buf_free(&b);
	buf_free(&f.notes);
	return text;
}

/* ---- the same answers ---- */

static unsigned long long state = 1;

static unsigned chance(unsigned n)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)(state >> 33) % n;
}

/* Few letters, so that much matches. */
static void add_word(struct buf *b, unsigned most)
{
	for (unsigned n = 1 + chance(most); n; n--)
		buf_byte(b, "ab"[chance(2)]);
}

static void add_pattern(struct buf *b)
{
	static const char *const tops[] = {"c", "a.c", "b.c", "a.b.c", "b.a.c", "b.b.c", "x.a.c"};
	static const char *const wild[] = {"*", "?", "*a", "a*b", "**", "b?*"};
	static const char *const before[] = {"", "", "", "*", "*.", "?.", "*.*.", "a*."};
	if (chance(4) == 0)
		buf_text(b, wild[chance(6)]);
	else
		add_word(b, 3);
	if (chance(3) == 0)
		buf_byte(b, '*');
	buf_byte(b, '@');
	if (chance(8) == 0) {
		buf_byte(b, '*');
		return;
	}
	buf_text(b, before[chance(8)]);
	buf_text(b, tops[chance(7)]);
}

static void add_line(struct buf *b)
{
	static const char *const ends[] = {
		"", "", "", " # until 2001-01-01", " # until 2999-01-01", " # why"};
	if (chance(12) == 0)
		buf_text(b, "# nothing");
	else if (chance(30) == 0)
		buf_text(b, "not an entry");
	else
		add_pattern(b);
	buf_text(b, ends[chance(6)]);
	buf_byte(b, '\n');
}

static void add_address(struct buf *b)
{
	static const char *const odd[] = {"", "@", "a", "@c", "a@", "a@.c", "a@b..c", "a@c.", "a@*",
		"*@a.c", "a@b@c", "a\\@b@a.c"};
	if (chance(10) == 0) {
		buf_text(b, odd[chance(12)]);
		return;
	}
	add_word(b, 4);
	buf_byte(b, '@');
	for (unsigned n = chance(4); n; n--) {
		add_word(b, 2);
		buf_byte(b, '.');
	}
	buf_text(b, "c");
}

static void check_address(struct buf *address, struct arena *mem)
{
	char aside[80];
	struct str compiled = ask(buf_cstr(address), mem);
	snprintf(aside, sizeof aside, "%s.aside", compiled_path);
	assert_int_equal(rename(compiled_path, aside), 0);
	struct str text = ask(buf_cstr(address), mem);
	assert_int_equal(rename(aside, compiled_path), 0);
	if (!str_eq(compiled, text))
		fail_msg("%s: the text says \"" STR_FMT "\", compiled it is \"" STR_FMT "\"",
			buf_cstr(address), STR_ARGS(text), STR_ARGS(compiled));
}

static void test_same(void **unused)
{
	(void)unused;
	for (unsigned round = 0; round < 60; round++) {
		struct arena *mem = arena_new();
		struct buf b = {0};
		state = round + 1;
		for (unsigned n = 1 + chance(60); n; n--)
			add_line(&b);
		write_text(buf_str(&b));
		compile();
		for (unsigned i = 0; i < 100; i++) {
			buf_clear(&b);
			add_address(&b);
			check_address(&b, mem);
		}
		buf_free(&b);
		arena_free(mem);
	}
}

/* ---- what is there, what is not ---- */

struct row {
	const char *name, *text;
	const char *key, *is; /* what is asked, and the answer */
};

static const struct row rows[] = {
	{"an empty list", "", "a@b.c", ""},
	{"comments only", "# a\n\n#b\n", "a@b.c", ""},
	{"one entry", "a@b.c\n", "a@b.c", "1 "},
	{"each of several that match", "a@b.c\n*@b.c\nb.c\na@*\nx@y.z\n*@*\n", "a@b.c",
		"1 2 3 4 6 "},
	{"one that is over", "a@b.c # until 2001-01-01\n", "a@b.c", ""},
	{"one that is over, in the middle", "a*c@b.c # until 2001-01-01\na*d@b.c\n", "acd@b.c",
		"2 "},
	{"broken lines are told", "foo\n a b@c.d\nb.c\n", "a@b.c",
		"3 1:1: a domain needs a dot; for a local part write it with @*, such as foo@*\n"
		"2:2: an entry cannot have blanks; write one entry on each line\nbroken: 2"},
	{"a key with a NUL's neighbour", "a@b.c\n", "a@b.c\x01", ""},
};

static void test_row(void **given)
{
	const struct row *row = *given;
	struct arena *mem = arena_new();
	write_text(str_of(row->text));
	compile();
	struct str is = ask(row->key, mem);
	if (!str_eq(is, str_of(row->is)))
		fail_msg("is \"%s\", expected \"%s\"", is.p, row->is);
	arena_free(mem);
}

static void test_counts(void **unused)
{
	(void)unused;
	write_text(STR_LIT("a@b.c\na*@b.c\n*b.c\na*c@b.c\n???@b.c\nfoo\n"));
	struct list_compiled done = compile();
	assert_int_equal(done.entries, 5);
	assert_int_equal(done.rest, 2);
	assert_int_equal(done.broken, 1);
	struct stat st;
	assert_int_equal(stat(compiled_path, &st), 0);
	assert_int_equal(done.bytes, st.st_size);
	assert_int_equal(st.st_mode & 0777, 0640);
}

static void expect(const char *key, const char *start)
{
	struct arena *mem = arena_new();
	struct str is = ask(key, mem);
	if (!str_istarts(is, str_of(start)))
		fail_msg("is \"%s\", expected \"%s...\"", is.p, start);
	arena_free(mem);
}

static void test_changed(void **unused)
{
	(void)unused;
	write_text(STR_LIT("a@b.c\n"));
	compile();
	write_text(STR_LIT("x@y.z\na@b.c\n"));
	expect("a@b.c", "2 stale: ");
	compile();
	expect("a@b.c", "2 ");
}

/* Same size, other time. */
static void test_touched(void **unused)
{
	(void)unused;
	struct timespec times[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
	write_text(STR_LIT("a@b.c\n"));
	compile();
	assert_int_equal(utimensat(AT_FDCWD, path.p, times, 0), 0);
	expect("a@b.c", "1 stale: ");
}

static void test_gone(void **unused)
{
	struct list_compiled done;
	struct err err;
	(void)unused;
	write_text(STR_LIT("a@b.c\n"));
	compile();
	assert_int_equal(unlink(path.p), 0);
	expect("a@b.c", "");
	assert_true(list_map_exists(path));
	assert_int_equal(list_compile(path, &done, &err), 0);
	assert_false(list_map_exists(path));
}

/* Every byte of the file once, and every length: an answer by the text, never a crash. */
static void test_damage(void **unused)
{
	struct arena *mem = arena_new();
	struct err err;
	struct str whole;
	(void)unused;
	write_text(STR_LIT("a@b.c\na*@b.c\na*c@b.c\nfoo\n"));
	compile();
	assert_int_equal(io_read_file(compiled_path, 1 << 20, mem, &whole, &err), 1);
	char *bytes = mem_alloc(whole.n);
	for (size_t i = 0; i < whole.n; i += i < 4096 ? 7 : 61) {
		struct arena *scratch = arena_new();
		memcpy(bytes, whole.p, whole.n);
		bytes[i] = (char)(bytes[i] ^ 0xff);
		assert_int_equal(
			io_replace_file(compiled_path, (struct str){bytes, whole.n}, 0600, &err),
			0);
		ask("abc@b.c", scratch);
		arena_free(scratch);
	}
	free(bytes);
	for (size_t n = 0; n < whole.n; n += 1000) {
		assert_int_equal(
			io_replace_file(compiled_path, str_slice(whole, 0, n), 0600, &err), 0);
		expect("a@b.c", "1 2 ");
	}
	arena_free(mem);
}

static void test_large(void **unused)
{
	struct buf b = {0};
	(void)unused;
	for (unsigned i = 0; i < 120000; i++)
		buf_fmt(&b, i % 10 ? "user%u@host.example\n" : "us*%u@host.example\n", i);
	buf_text(&b, "*@example.org\n");
	write_text(buf_str(&b));
	struct list_compiled done = compile();
	assert_int_equal(done.entries, 120001);
	assert_int_equal(done.rest, 12000);
	struct list_map *map;
	struct err err;
	assert_int_equal(list_map_open(path, &map, &err), 1);
	list_map_close(map);
	buf_free(&b);
}

static void test_days(void **unused)
{
	static const struct {
		const char *text;
		unsigned day;
	} days[] = {{"2027-01-31", 20270131}, {"2028-02-29", 20280229}, {"2027-1-31", 0},
		{"2027-00-10", 0}, {"2027-01-32", 0}, {"2027-13-01", 0}, {"27-01-31", 0},
		{"2027/01/31", 0}, {"", 0}, {"2027-01-310", 0}, {"0000-01-01", 0}};
	(void)unused;
	for (size_t i = 0; i < sizeof days / sizeof *days; i++)
		if (list_text_day(str_of(days[i].text)) != days[i].day)
			fail_msg("%s", days[i].text);
	assert_true(list_text_today() > 20260000);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_row, rows),
		TABLE_OF_ONE(
			test_same, "6,000 addresses in 60 lists made by chance: as the text says"),
		TABLE_OF_ONE(
			test_counts, "what was compiled is counted, and as readable as the text"),
		TABLE_OF_ONE(test_changed, "a text that was changed is read itself, with a note"),
		TABLE_OF_ONE(test_touched, "a text of another time is read itself"),
		TABLE_OF_ONE(test_gone, "a list that is gone is empty"),
		TABLE_OF_ONE(test_damage, "a damaged one is no harm"),
		TABLE_OF_ONE(test_large, "120,000 entries"),
		TABLE_OF_ONE(test_days, "days"),
	};
	if (!mkdtemp(dir)) {
		perror(dir);
		return 1;
	}
	struct arena *mem = arena_new();
	path = arena_fmt(mem, "%s/list", dir);
	snprintf(compiled_path, sizeof compiled_path, "%s/list.lmdb", dir);
	int failed = table_run("list_map", tables, sizeof tables / sizeof *tables);
	unlink(path.p);
	unlink(compiled_path);
	if (rmdir(dir) < 0)
		perror(dir);
	arena_free(mem);
	return failed;
}
