/*
 * Many processes open and close one database at the same time, and so does a program that does not
 * know of us. None uses a lock file that another one is removing, and no change is lost.
 */
#include "base/kv/kv.h"
#include "tests/lib/tree.h"
#include "tests/lib/workers.h"
#include "tests/unit/table.h"

#include <lmdb.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of two, one is often the last to close, which is when LMDB takes the lock file down. */
enum { MANY = 8, FEW = 2 };

static const char *const names[] = {"numbers"};
static const struct kv_layout layout = {.what = "test", .tables = names, .count = 1, .format = 1};
static char dir[] = "/tmp/mda-test-kv.XXXXXX";

static uint32_t number_of(struct str value)
{
	uint32_t n = 0;
	if (value.n == sizeof n)
		memcpy(&n, value.p, sizeof n);
	return n;
}

/* CONTEXT is what is added to the number. */
static int count(struct kv *kv, void *context, struct err *err)
{
	struct str value = {0};
	if (kv_get(kv, 0, STR_LIT("count"), &value, err) < 0)
		return -1;
	uint32_t n = number_of(value) + *(const uint32_t *)context;
	return kv_put(kv, 0, STR_LIT("count"), (struct str){(char *)&n, sizeof n}, err);
}

static int look(struct kv *kv, void *context, struct err *err)
{
	struct str value = {0};
	if (kv_get(kv, 0, STR_LIT("count"), &value, err) < 0)
		return -1;
	*(uint32_t *)context = number_of(value);
	return 0;
}

/* Every second one only reads, as the tools that show something do. */
static int open_and_close(int i, struct err *err)
{
	uint32_t one = 1, found;
	bool reads = i % 2;
	struct kv *kv = reads ? kv_open_read_only(&layout, dir, err) : kv_open(&layout, dir, err);
	if (!kv)
		return -1;
	int r = reads ? kv_read(kv, look, &found, err) : kv_write(kv, count, &one, err);
	kv_close(kv);
	return r;
}

static void work(int number, int each)
{
	for (int i = 0; i < each; i++) {
		struct err err;
		if (open_and_close(number + i, &err) == 0)
			continue;
		fprintf(stderr, "# process %d, time %d: %s\n", number, i, err.text);
		_exit(1);
	}
	_exit(0);
}

static uint32_t counted(void)
{
	struct err err;
	uint32_t n = 0;
	struct kv *kv = kv_open(&layout, dir, &err);
	if (!kv || kv_read(kv, look, &n, &err) < 0)
		fail_msg("%s", err.text);
	kv_close(kv);
	return n;
}

/* OPENED times in all; how many of the PROCESSES did not end well. */
static int run_all(int processes, int opened)
{
	pid_t children[MANY];
	int failed = 0;
	for (int i = 0; i < processes; i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (children[i] == 0)
			work(i, opened / processes);
	}
	for (int i = 0; i < processes; i++) {
		int status;
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		failed += status != 0;
	}
	return failed;
}

static const struct at_once_row {
	const char *name;
	int processes, opened;
} at_once_rows[] = {
	{"8 processes, 10,000 times", MANY, 10000},
	{"2 processes, 5,000 times", FEW, 5000},
};

static void test_at_once(void **state)
{
	const struct at_once_row *row = *state;
	int opened = row->opened / (int)workers_step(5, 25);
	uint32_t before = counted();
	assert_int_equal(run_all(row->processes, opened), 0);
	assert_int_equal(counted() - before, opened / 2);
}

/* As mdb_stat does it: no claim of ours is asked. What fails for it is its own. */
static void stranger(void)
{
	for (;;) {
		MDB_env *env;
		MDB_txn *txn;
		if (mdb_env_create(&env))
			_exit(1);
		if (mdb_env_open(env, dir, MDB_RDONLY, 0600) == 0 &&
			mdb_txn_begin(env, NULL, MDB_RDONLY, &txn) == 0)
			mdb_txn_abort(txn);
		mdb_env_close(env);
	}
}

static void test_beside_a_stranger(void **state)
{
	(void)state;
	uint32_t before = counted();
	int opened = 2000 / (int)workers_step(5, 25);
	pid_t other = fork();
	assert_true(other >= 0);
	if (other == 0)
		stranger();
	int failed = run_all(FEW, opened);
	assert_int_equal(kill(other, SIGKILL), 0);
	assert_int_equal(waitpid(other, NULL, 0), other);
	assert_int_equal(failed, 0);
	assert_int_equal(counted() - before, opened / 2);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_at_once, at_once_rows),
		TABLE_OF_ONE(test_beside_a_stranger, "beside a program that claims nothing"),
	};
	if (!mkdtemp(dir))
		return 1;
	int failed = table_run("kv_open", tables, sizeof tables / sizeof *tables);
	return tree_remove(dir) < 0 ? 1 : failed;
}
