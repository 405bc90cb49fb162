/*
 * Rows in any order become a sorted table, whatever the number of transactions; and the old file
 * stays until the new one is complete, wherever the process is killed.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/kv/kv_compile.h"
#include "tests/lib/tree.h"
#include "tests/unit/table.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { INFO, ROWS, TABLES };
static const char *const names[] = {"info", "rows"};
static const struct kv_layout layout = {
	.what = "test", .tables = names, .count = TABLES, .format = 1};
static char dir[] = "/tmp/mda-test-kv-compile.XXXXXX";
static char path[sizeof dir + 16];

static int put_info(struct kv *kv, void *context, struct err *err)
{
	return kv_put(kv, INFO, STR_LIT("text"), str_of(context), err);
}

static int compile(struct kv_rows *rows, enum kv_same same, bool is_large, kv_work *rest,
	const char *info, struct err *err)
{
	const struct kv_compile how = {.layout = &layout,
		.table = ROWS,
		.same = same,
		.rest = rest,
		.rest_is_large = is_large,
		.context = (void *)info};
	unsigned long long bytes;
	struct stat st;
	int r = kv_compile(rows, &how, path, 0640, &bytes, err);
	if (r == 0) {
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0640);
		assert_int_equal(st.st_uid, geteuid());
		assert_int_equal(st.st_size, bytes);
	}
	return r;
}

/* ---- what is in the file ---- */

static enum kv_step add_pair(void *context, struct str key, struct str value, struct err *err)
{
	struct buf *to = context;
	(void)err;
	buf_add(to, key);
	buf_byte(to, '=');
	buf_add(to, value);
	buf_byte(to, ' ');
	return KV_NEXT;
}

static int read_all(struct kv *kv, void *context, struct err *err)
{
	struct buf *to = context;
	struct str info;
	if (kv_get(kv, INFO, STR_LIT("text"), &info, err) <= 0)
		return -1;
	buf_add(to, info);
	buf_text(to, ": ");
	return kv_walk(kv, ROWS, STR_EMPTY, add_pair, to, err);
}

static struct str content(struct arena *mem)
{
	struct buf all = {0};
	struct err err;
	struct kv *kv = kv_open_file(&layout, path, &err);
	assert_non_null(kv);
	assert_int_equal(kv_read(kv, read_all, &all, &err), 0);
	kv_close(kv);
	struct str text = arena_str(mem, str_trim(buf_str(&all)));
	buf_free(&all);
	return text;
}

static void expect(const char *expected)
{
	struct arena *mem = arena_new();
	struct str is = content(mem);
	if (!str_eq(is, str_of(expected)))
		fail_msg("is \"" STR_FMT "\", expected \"%s\"", STR_ARGS(is), expected);
	arena_free(mem);
}

/* ---- rows ---- */

struct row {
	const char *name, *text; /* lines "key=value" */
	enum kv_same same;
	const char *expected;
};

static const struct row rows[] = {
	{"no rows", "", KV_FIRST, "facts:"},
	{"no rows to join", "", KV_JOINED, "facts:"},
	{"rows are sorted", "b=2 a=1 c=3", KV_FIRST, "facts: a=1 b=2 c=3"},
	{"keys are sorted as bytes", "a=1 B=2 ab=3 \xff=4", KV_FIRST, "facts: B=2 a=1 ab=3 \xff=4"},
	{"the first counts", "b=1 a=2 b=3 a=4", KV_FIRST, "facts: a=2 b=1"},
	{"all count, in the order of their lines", "b=1 a=2 b=3 a=4 b=5", KV_JOINED,
		"facts: a=24 b=135"},
	{"the same row twice", "a=1 a=1", KV_JOINED, "facts: a=11"},
	{"a row without a key", "=1 a=2", KV_FIRST, "facts: a=2"},
	{"a row without a value", "a=", KV_FIRST, "facts: a="},
};

static struct kv_rows *rows_of(const char *text)
{
	struct kv_rows *all = kv_rows_new();
	struct str rest = str_of(text), word;
	size_t line = 0, added = 0;
	while (str_word(&rest, &word)) {
		size_t equals = str_find(word, '=');
		added += kv_rows_add(all, str_slice(word, 0, equals),
			str_slice(word, equals + 1, word.n), ++line);
	}
	assert_int_equal(kv_rows_count(all), added);
	return all;
}

/* With the other tables in the last transaction, and in one of their own. */
static void compile_row(void **state)
{
	const struct row *row = *state;
	struct err err;
	for (int is_large = 0; is_large < 2; is_large++) {
		struct kv_rows *all = rows_of(row->text);
		if (compile(all, row->same, is_large, put_info, "facts", &err) < 0)
			fail_msg("%s", err.text);
		kv_rows_free(all);
		expect(row->expected);
	}
}

static void long_keys(void **state)
{
	static const char zeros[KV_KEY_MAX + 1];
	struct kv_rows *all = kv_rows_new();
	struct err err;
	(void)state;
	assert_true(kv_rows_add(all, (struct str){zeros, KV_KEY_MAX}, STR_LIT("v"), 1));
	assert_false(kv_rows_add(all, (struct str){zeros, KV_KEY_MAX + 1}, STR_LIT("v"), 2));
	assert_int_equal(kv_rows_count(all), 1);
	assert_int_equal(compile(all, KV_FIRST, false, put_info, "x", &err), 0);
	kv_rows_free(all);
}

/* ---- more than one transaction ---- */

enum { MANY = 120001, LINES = 3 };

/* Each key on several lines, far from each other and not in the order of the keys. */
static struct kv_rows *many_rows(void)
{
	struct kv_rows *all = kv_rows_new();
	for (size_t line = 0; line < (size_t)LINES * MANY; line++) {
		char key[16], value = (char)('a' + line / MANY);
		int n = snprintf(key, sizeof key, "%06zu", line * 7919 % MANY);
		assert_true(kv_rows_add(
			all, (struct str){key, (size_t)n}, (struct str){&value, 1}, line));
	}
	return all;
}

static void compile_many(void **state)
{
	(void)state;
	for (int is_large = 0; is_large < 2; is_large++) {
		struct arena *mem = arena_new();
		struct buf expected = {0};
		struct err err;
		struct kv_rows *all = many_rows();
		assert_int_equal(compile(all, KV_JOINED, is_large, put_info, "all", &err), 0);
		buf_text(&expected, "all:");
		for (int i = 0; i < MANY; i++)
			buf_fmt(&expected, " %06d=abc", i);
		assert_true(str_eq(content(mem), buf_str(&expected)));
		buf_free(&expected);
		kv_rows_free(all);
		arena_free(mem);
	}
}

/* ---- accidents ---- */

static int fail_rest(struct kv *kv, void *context, struct err *err)
{
	(void)kv;
	return err_temp(err, "%s", (const char *)context);
}

static int kill_us(struct kv *kv, void *context, struct err *err)
{
	(void)put_info(kv, context, err);
	raise(SIGKILL);
	return 0;
}

static void compile_old(void)
{
	struct err err;
	struct kv_rows *old = rows_of("a=old");
	assert_int_equal(compile(old, KV_FIRST, false, put_info, "old", &err), 0);
	kv_rows_free(old);
}

static void error_leaves_old(void **state)
{
	(void)state;
	for (int is_large = 0; is_large < 2; is_large++) {
		struct err err;
		struct kv_rows *new = rows_of("a=new b=new");
		compile_old();
		assert_int_equal(compile(new, KV_FIRST, is_large, fail_rest, "why", &err), -1);
		assert_string_equal(err.text, "why");
		kv_rows_free(new);
		expect("old: a=old");
	}
}

/* A process that is killed in the middle leaves the old file, and does not hinder the next one. */
static void kill_leaves_old(void **state)
{
	(void)state;
	for (int is_large = 0; is_large < 2; is_large++) {
		int status;
		struct err err;
		compile_old();
		struct kv_rows *new = many_rows();
		pid_t child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			(void)compile(new, KV_FIRST, is_large, kill_us, "new", &err);
			_exit(0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		kv_rows_free(new);
		expect("old: a=old");
		new = rows_of("a=new");
		assert_int_equal(compile(new, KV_FIRST, is_large, put_info, "new", &err), 0);
		kv_rows_free(new);
		expect("new: a=new");
	}
}

static void removing(void **state)
{
	struct err err;
	(void)state;
	compile_old();
	assert_int_equal(kv_compile_remove(path, &err), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(kv_compile_remove(path, &err), 0);
	assert_int_equal(kv_compile_remove(dir, &err), -1);
	assert_non_null(strstr(err.text, "cannot remove"));
}

int main(void)
{
	if (!mkdtemp(dir))
		return 1;
	snprintf(path, sizeof path, "%s/x.lmdb", dir);
	const struct table tables[] = {
		TABLE(compile_row, rows),
		TABLE_OF_ONE(long_keys, "keys that are too long"),
		TABLE_OF_ONE(compile_many, "more rows than a transaction has"),
		TABLE_OF_ONE(error_leaves_old, "an error leaves the old file"),
		TABLE_OF_ONE(kill_leaves_old, "a kill leaves the old file"),
		TABLE_OF_ONE(removing, "removing the file"),
	};
	int failed = table_run("kv_compile", tables, sizeof tables / sizeof *tables);
	tree_remove(dir);
	return failed;
}
