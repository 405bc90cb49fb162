/* A key that is found without LMDB, in a database to which others write. */
#include "base/kv/kv_path.h"
#include "base/kv/kv_peek.h"
#include "base/path.h"
#include "tests/lib/tree.h"
#include "tests/unit/table.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { META, THINGS, TABLES };
enum { KEYS = 50, COMMITS = 100 };

static const char *const tables[TABLES] = {[META] = "meta", [THINGS] = "things"};
static const struct kv_layout layout = {.what = "database of a test",
	.tables = tables,
	.count = TABLES,
	.format = 1,
	.map = KV_SMALL_MAP};

static char dir[64];

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof dir, "/tmp/mda-kv-peek.XXXXXX");
	assert_non_null(mkdtemp(dir));
	path_declare(dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	path_declare_none();
	return tree_remove(dir);
}

/* All values are the same number, so a mixture of two transactions would be seen. */
static int put_number(struct kv *kv, void *context, struct err *err)
{
	int numbers[KEYS];
	char key[16];
	for (int i = 0; i < KEYS; i++)
		numbers[i] = *(const int *)context;
	const struct str value = {(const char *)numbers, sizeof numbers};
	for (int i = 0; i < KEYS; i++) {
		int n = snprintf(key, sizeof key, "key %02d", i);
		if (kv_put(kv, THINGS, (struct str){key, (size_t)n}, value, err) < 0)
			return -1;
	}
	return 0;
}

static void commit(struct kv *kv, int number)
{
	assert_int_equal(kv_write(kv, put_number, &number, NULL), 0);
}

static struct kv *open_with(int number)
{
	struct kv *kv = kv_open(&layout, dir, NULL);
	assert_non_null(kv);
	commit(kv, number);
	return kv;
}

/* -1: it cannot tell; -2: the numbers differ. */
static int peek(const char *key)
{
	struct arena *mem = arena_new();
	struct str value = STR_EMPTY;
	int numbers[KEYS], r = kv_peek(&layout, dir, THINGS, str_of(key), mem, &value);
	if (r > 0 && value.n == sizeof numbers) {
		memcpy(numbers, value.p, sizeof numbers);
		r = numbers[0];
		for (int i = 1; i < KEYS; i++)
			r = numbers[i] == r ? r : -2;
	}
	arena_free(mem);
	return r;
}

static void test_found(void **state)
{
	(void)state;
	assert_int_equal(peek("key 07"), 0); /* there is no database */
	struct kv *kv = open_with(5);
	assert_int_equal(peek("key 07"), 5);
	assert_int_equal(peek("key 7"), 0);
	assert_int_equal(peek("zzz"), 0);
	assert_int_equal(peek(""), 0);
	commit(kv, 6);
	assert_int_equal(peek("key 07"), 6);
	kv_close(kv);
	assert_int_equal(peek("key 07"), 6);
}

static void test_other_format(void **state)
{
	(void)state;
	struct kv_layout newer = layout;
	struct str value;
	struct arena *mem = arena_new();
	newer.format = 2;
	kv_close(open_with(5));
	assert_int_equal(kv_peek(&newer, dir, THINGS, STR_LIT("key 07"), mem, &value), -1);
	arena_free(mem);
}

/* Links are followed elsewhere, or not at all. */
static void test_not_below(void **state)
{
	(void)state;
	kv_close(open_with(5));
	path_declare_none();
	assert_int_equal(peek("key 07"), -1);
}

/* Whatever byte is wrong: the value, nothing, or it cannot tell. A cut does not crash it. */
static void test_damage(void **state)
{
	char path[96];
	unsigned char bytes[64 * 1024], wrong;
	(void)state;
	kv_close(open_with(5));
	snprintf(path, sizeof path, "%s/data.mdb", dir);
	int fd = open(path, O_RDWR), told = 0;
	ssize_t n = pread(fd, bytes, sizeof bytes, 0);
	assert_true(n > 8192);
	for (ssize_t at = 0; at < n; at += at < 8192 + 64 ? 1 : 97) {
		wrong = bytes[at] ^ 0x41;
		assert_int_equal(pwrite(fd, &wrong, 1, at), 1);
		told += peek("key 07") == -1;
		assert_int_equal(pwrite(fd, &bytes[at], 1, at), 1);
	}
	assert_true(told > 50);
	assert_int_equal(peek("key 07"), 5);
	assert_int_equal(ftruncate(fd, n / 2), 0);
	assert_int_equal(ftruncate(fd, 8192), 0);
	assert_int_equal(peek("key 07"), -1);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(peek("key 07"), -1);
	close(fd);
}

/* What the last transaction left stays as it is until two others are committed. */
static void test_two_commits(void **state)
{
	char path[96];
	struct str value;
	int number;
	(void)state;
	struct kv *kv = open_with(5);
	snprintf(path, sizeof path, "%s/data.mdb", dir);
	int fd = open(path, O_RDONLY);
	for (int i = 0; i < 20; i++) {
		struct kv_path *p = kv_path_new(fd);
		commit(kv, i);
		assert_int_equal(kv_path_begin_last(p), KV_SOUND);
		commit(kv, 100 + i);
		assert_int_equal(kv_path_find(p, "things", STR_LIT("key 07"), &value), 1);
		memcpy(&number, value.p, sizeof number);
		assert_int_equal(number, i);
		assert_true(kv_path_is_current(p));
		commit(kv, 200 + i);
		assert_false(kv_path_is_current(p));
		kv_path_free(p);
	}
	close(fd);
	kv_close(kv);
}

/* While another process writes, a number is never a mixture, and never an older one than before. */
static void test_beside_a_writer(void **state)
{
	int status, last = 1;
	(void)state;
	kv_close(open_with(1));
	pid_t pid = fork();
	if (pid == 0) {
		struct kv *kv = kv_open(&layout, dir, NULL);
		for (int i = 2; kv && i <= COMMITS; i++)
			if (kv_write(kv, put_number, &i, NULL) < 0)
				_exit(1);
		kv_close(kv);
		_exit(!kv);
	}
	for (bool ended = false; !ended;) {
		ended = waitpid(pid, &status, WNOHANG) == pid;
		int number = peek("key 07");
		assert_true(number == -1 || number >= last);
		last = number > 0 ? number : last;
	}
	assert_int_equal(status, 0);
	assert_int_equal(last, COMMITS);
}

int main(void)
{
	const struct CMUnitTest rows[] = {
		cmocka_unit_test_setup_teardown(test_found, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_format, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_below, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damage, setup, teardown),
		cmocka_unit_test_setup_teardown(test_two_commits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_beside_a_writer, setup, teardown),
	};
	return cmocka_run_group_tests(rows, NULL, NULL);
}
