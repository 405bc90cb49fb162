/* How often entries of lists were used: nothing is forgotten or counted twice by a kill. */
#include "base/buf.h"
#include "base/io.h"
#include "base/path.h"
#include "store/uses.h"
#include "tests/lib/tracer.h"
#include "tests/lib/tree.h"
#include "tests/unit/table.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOW = 1800000000 };

/* ---- how entries are kept ---- */

static const struct entry_row {
	const char *name, *entry, *kept;
} entry_rows[] = {
	{"an address", "Bob@B.test", "bob@b.test"},
	{"a domain is everybody in it", "b.test", "*@b.test"},
	{"and the same written in full", "*@B.TEST", "*@b.test"},
	{"a domain with its subdomains", "*b.test", "*@*b.test"},
	{"written in full", "*@*b.test", "*@*b.test"},
	{"subdomains alone are another entry", "*.b.test", "*@*.b.test"},
	{"a prefix", "news*@b.test", "news*@b.test"},
	{"an international domain", "x@b\xc3\xbc.test", "x@xn--b-eha.test"},
	{"not an entry", "a b@c", ""},
	{"nothing", "", ""},
};

static void test_entry(void **state)
{
	const struct entry_row *row = *state;
	struct arena *mem = arena_new();
	struct str kept = uses_entry(str_of(row->entry), mem);
	assert_int_equal(kept.n, strlen(row->kept));
	assert_memory_equal(kept.p ? kept.p : "", row->kept, kept.n);
	arena_free(mem);
}

/* ---- counting ---- */

static struct str entry_of(const char *text)
{
	return str_of(text);
}

static int add(const char *dir, enum uses_list list, const char *entry, bool is_spam, int64_t now)
{
	const struct use u = {list, is_spam, entry_of(entry)};
	return uses_add(dir, &u, 1, now, NULL);
}

struct expected {
	unsigned long long count, spam;
	int64_t last, last_spam;
};

static void check(const char *dir, enum uses_list list, const char *entry, struct expected e)
{
	struct arena *mem = arena_new();
	struct uses uses;
	static const struct uses_record none;
	assert_int_equal(uses_read(dir, mem, &uses, NULL), 0);
	const struct uses_record *r = uses_find(&uses, list, entry_of(entry));
	if (!r)
		r = &none;
	assert_int_equal(r->count, e.count);
	assert_int_equal(r->spam, e.spam);
	assert_int_equal(r->last, e.last);
	assert_int_equal(r->last_spam, e.last_spam);
	arena_free(mem);
}

static int settle(const char *dir, int64_t now)
{
	struct uses_known none = {0};
	return uses_settle(dir, &none, now, NULL);
}

static void test_counts(void **state)
{
	char dir[] = "/tmp/mda-uses.XXXXXX";
	(void)state;
	assert_non_null(mkdtemp(dir));
	check(dir, USES_ALLOW, "bob@b.test", (struct expected){0});
	assert_int_equal(add(dir, USES_ALLOW, "bob@b.test", false, NOW), 0);
	assert_int_equal(add(dir, USES_ALLOW, "bob@b.test", false, NOW + 5), 0);
	assert_int_equal(add(dir, USES_BLOCK, "bob@b.test", false, NOW + 7), 0);
	assert_int_equal(add(dir, USES_ALLOW, "bob@b.test", true, NOW + 9), 0);
	for (int i = 0; i < 3; i++) {
		check(dir, USES_ALLOW, "bob@b.test", (struct expected){2, 1, NOW + 5, NOW + 9});
		check(dir, USES_BLOCK, "bob@b.test", (struct expected){1, 0, NOW + 7, 0});
		check(dir, USES_GLOBAL_BLOCK, "bob@b.test", (struct expected){0});
		assert_int_equal(settle(dir, NOW + 10), 0); /* the first one merges */
	}
	assert_int_equal(add(dir, USES_ALLOW, "bob@b.test", false, NOW + 2), 0);
	check(dir, USES_ALLOW, "bob@b.test", (struct expected){3, 1, NOW + 5, NOW + 9});
	assert_int_equal(tree_remove(dir), 0);
}

/* A delivery moves them into the database when there are many; none is lost. */
static void test_many(void **state)
{
	enum { MANY = 3000 };
	char dir[] = "/tmp/mda-uses.XXXXXX", path[64];
	struct stat st;
	(void)state;
	assert_non_null(mkdtemp(dir));
	for (int i = 0; i < MANY; i++)
		assert_int_equal(add(dir, i % 3 ? USES_ALLOW : USES_GLOBAL_ALLOW,
					 "*@some-domain.test", false, NOW + i),
			0);
	check(dir, USES_ALLOW, "*@some-domain.test", (struct expected){2000, 0, NOW + MANY - 1, 0});
	check(dir, USES_GLOBAL_ALLOW, "*@some-domain.test",
		(struct expected){1000, 0, NOW + MANY - 3, 0});
	snprintf(path, sizeof path, "%s/uses.log", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size < 65536);
	assert_int_equal(tree_remove(dir), 0);
}

/* Each of several processes counts, while they also merge. */
static void test_at_once(void **state)
{
	enum { PROCESSES = 4, EACH = 1000 };
	char dir[] = "/tmp/mda-uses.XXXXXX";
	(void)state;
	assert_non_null(mkdtemp(dir));
	for (int p = 0; p < PROCESSES; p++) {
		if (fork() != 0)
			continue;
		int failed = 0;
		for (int i = 0; i < EACH; i++)
			failed += add(dir, USES_BLOCK, "somebody@casino.test", false, NOW) < 0;
		_exit(failed != 0);
	}
	for (int p = 0; p < PROCESSES; p++) {
		int status = -1;
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	check(dir, USES_BLOCK, "somebody@casino.test",
		(struct expected){PROCESSES * EACH, 0, NOW, 0});
	assert_int_equal(tree_remove(dir), 0);
}

/* ---- looking after it ---- */

static int64_t noted(const char *dir, const char *entry)
{
	struct arena *mem = arena_new();
	struct uses uses;
	assert_int_equal(uses_read(dir, mem, &uses, NULL), 0);
	const struct uses_record *r = uses_find(&uses, USES_BLOCK, entry_of(entry));
	int64_t result = r ? r->noted : -1;
	arena_free(mem);
	return result;
}

static void test_settle(void **state)
{
	char dir[] = "/tmp/mda-uses.XXXXXX";
	struct uses_known_entry entries[] = {
		{{.list = USES_BLOCK, .entry = STR_LIT("z@b.test")}, false},
		{{.list = USES_BLOCK, .entry = STR_LIT("a@b.test")}, false},
		{{.list = USES_BLOCK, .entry = STR_LIT("dated@b.test")}, true}};
	struct uses_known known = {.entries = entries, .count = 3};
	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(add(dir, USES_BLOCK, "gone@b.test", false, NOW), 0);
	assert_int_equal(add(dir, USES_GLOBAL_BLOCK, "gone@b.test", false, NOW), 0);
	assert_int_equal(add(dir, USES_BLOCK, "a@b.test", false, NOW), 0);
	assert_int_equal(uses_settle(dir, &known, NOW + 1, NULL), 0);
	check(dir, USES_BLOCK, "gone@b.test",
		(struct expected){1, 0, NOW, 0}); /* the list was not read */
	known.read[USES_BLOCK] = true;
	assert_int_equal(uses_settle(dir, &known, NOW + 2, NULL), 0);
	check(dir, USES_BLOCK, "gone@b.test", (struct expected){0});
	check(dir, USES_GLOBAL_BLOCK, "gone@b.test", (struct expected){1, 0, NOW, 0});
	check(dir, USES_BLOCK, "a@b.test", (struct expected){1, 0, NOW, 0});
	assert_int_equal(noted(dir, "z@b.test"), NOW + 1);
	assert_int_equal(noted(dir, "dated@b.test"), -1);
	assert_int_equal(tree_remove(dir), 0);
}

/* ---- damage ---- */

static const struct log_row {
	const char *name, *text;
	unsigned long long count;
} log_rows[] = {
	{"no first line", "1800000000 0+ x@b.test\n", 1},
	{"a line that is cut", "uses 1 7\n1800000000 0+ x@b.test\n18000", 1},
	{"an unknown list", "uses 1 7\n1800000000 4+ x@b.test\n1800000000 /+ x@b.test\n", 0},
	{"an unknown kind", "uses 1 7\n1800000000 0? x@b.test\n", 0},
	{"no entry", "uses 1 7\n1800000000 0+\n1800000000 0+ \n", 0},
	{"a time that is none",
		"uses 1 7\nx 0+ x@b.test\n-5 0+ x@b.test\n99999999999999999999 0+ x@b.test\n", 0},
	{"NULs", "uses 1 7\n\\0\\0\n1800000000 0+ x@b.test\n", 1},
	{"two first lines", "uses 1 7\nuses 1 8\n1800000000 0+ x@b.test\n", 1},
	{"empty lines", "uses 1 7\n\n\n1800000000 0+ x@b.test\r\n", 1},
};

static void test_log(void **state)
{
	const struct log_row *row = *state;
	char dir[] = "/tmp/mda-uses.XXXXXX", path[64];
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/uses.log", dir);
	assert_int_equal(io_replace_file(path, str_of(row->text), 0600, NULL), 0);
	for (int i = 0; i < 2; i++) {
		check(dir, USES_BLOCK, "x@b.test",
			(struct expected){row->count, 0, row->count ? NOW : 0, 0});
		assert_int_equal(settle(dir, NOW), 0);
	}
	assert_int_equal(tree_remove(dir), 0);
}

/* A link in a home, and a directory in place of a file, are errors. */
static void test_hostile(void **state)
{
	char dir[] = "/tmp/mda-uses.XXXXXX", path[64], other[64];
	struct stat st;
	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/uses.log", dir);
	snprintf(other, sizeof other, "%s/other", dir);
	assert_int_equal(symlink(other, path), 0);
	assert_int_equal(add(dir, USES_BLOCK, "x@b.test", false, NOW), -1);
	assert_int_equal(stat(other, &st), -1);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(add(dir, USES_BLOCK, "x@b.test", false, NOW), -1);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(tree_remove(dir), 0);
}

/* A delivery does not wait for ever for a lock that somebody holds. */
static void test_locked(void **state)
{
	char dir[] = "/tmp/mda-uses.XXXXXX", path[64];
	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(add(dir, USES_BLOCK, "x@b.test", false, NOW), 0);
	snprintf(path, sizeof path, "%s/uses.log", dir);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	const struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	assert_int_equal(fcntl(fd, F_OFD_SETLK, &range), 0);
	assert_int_equal(add(dir, USES_BLOCK, "x@b.test", false, NOW), -1);
	close(fd);
	assert_int_equal(add(dir, USES_BLOCK, "x@b.test", false, NOW), 0);
	check(dir, USES_BLOCK, "x@b.test", (struct expected){2, 0, NOW, 0});
	assert_int_equal(tree_remove(dir), 0);
}

/* ---- killed ---- */

struct killing {
	const char *dir;
	size_t at;
	bool merges, is_done;
};

static int work(void *context)
{
	const struct killing *k = context;
	if (k->merges)
		return settle(k->dir, NOW + 100) < 0;
	return add(k->dir, USES_ALLOW, "b@b.test", false, NOW + 1) < 0;
}

static enum tracer_wish look(void *context, const struct tracer_call *call)
{
	const struct killing *k = context;
	return call->number == k->at && call->entry ? TRACER_KILL : TRACER_GO_ON;
}

static const struct kill_row {
	const char *name;
	bool merges;
} kill_rows[] = {{"while a use is added", false}, {"while it is merged", true}};

/*
 * Killed before each system call; then the rest is done. One use more or none is there, never two.
 */
static void test_killed(void **state)
{
	const struct kill_row *row = *state;
	struct killing k = {.merges = row->merges};
	size_t kills = 0;
	for (k.at = 1;; k.at += getenv("THIN") ? 3 : 1) {
		char dir[] = "/tmp/mda-uses.XXXXXX";
		assert_non_null(mkdtemp(dir));
		k.dir = dir;
		assert_int_equal(add(dir, USES_ALLOW, "a@b.test", false, NOW), 0);
		assert_int_equal(settle(dir, NOW), 0);
		assert_int_equal(add(dir, USES_ALLOW, "a@b.test", false, NOW + 1), 0);
		int status = tracer_run(work, &k, look, &k);
		bool was_killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
		kills += was_killed;
		assert_true(was_killed || status == 0);
		assert_int_equal(add(dir, USES_ALLOW, "a@b.test", false, NOW + 2), 0);
		check(dir, USES_ALLOW, "a@b.test", (struct expected){3, 0, NOW + 2, 0});
		assert_int_equal(settle(dir, NOW + 200), 0);
		check(dir, USES_ALLOW, "a@b.test", (struct expected){3, 0, NOW + 2, 0});
		assert_int_equal(add(dir, USES_ALLOW, "a@b.test", false, NOW + 3), 0);
		assert_int_equal(settle(dir, NOW + 201), 0);
		check(dir, USES_ALLOW, "a@b.test", (struct expected){4, 0, NOW + 3, 0});
		assert_int_equal(tree_remove(dir), 0);
		if (!was_killed)
			break;
	}
	print_message("killed %zu times\n", kills);
	assert_true(kills > (row->merges ? 20u : 3u) / (getenv("THIN") ? 3 : 1));
}

int main(void)
{
	struct table tables[10] = {TABLE(test_entry, entry_rows),
		TABLE_OF_ONE(test_counts, "counts"), TABLE_OF_ONE(test_many, "many uses"),
		TABLE_OF_ONE(test_at_once, "several processes at once"),
		TABLE_OF_ONE(test_settle, "lists change"), TABLE(test_log, log_rows),
		TABLE_OF_ONE(test_hostile, "links and FIFOs"),
		TABLE_OF_ONE(test_locked, "a lock that somebody holds")};
	size_t count = 8;
	if (tracer_works())
		tables[count++] = (struct table)TABLE(test_killed, kill_rows);
	return table_run("uses", tables, count);
}
