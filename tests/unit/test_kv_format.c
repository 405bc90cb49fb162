/*
 * A database of an older format is upgraded once, in one transaction; one of a newer format stays
 * as it is, and the error says what to do.
 */
#include "base/kv/kv.h"
#include "tests/lib/tree.h"
#include "tests/unit/table.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const old_names[] = {"meta", "numbers"};
static const char *const new_names[] = {"meta", "numbers", "squares"};
enum { NUMBERS = 1, SQUARES, ROWS = 100 };

static char dir[] = "/tmp/mda-test-kv-format.XXXXXX";
static unsigned upgrades;

/* What an upgrade does, or how it fails. */
static enum accident { NONE, FAIL, DIE } accident;

static enum kv_step square(void *context, struct str key, struct str value, struct err *err)
{
	uint32_t n;
	assert_int_equal(value.n, sizeof n);
	memcpy(&n, value.p, sizeof n);
	n *= n;
	struct str squared = {(const char *)&n, sizeof n};
	return kv_put(context, SQUARES, key, squared, err) < 0 ? KV_FAILED : KV_NEXT;
}

static int upgrade(struct kv *kv, uint32_t from, struct err *err)
{
	assert_int_equal(from, 1);
	if (kv_walk(kv, NUMBERS, STR_LIT(""), square, kv, err) < 0)
		return -1;
	if (accident == DIE)
		(void)raise(SIGKILL); /* it does not return */
	if (accident == FAIL)
		return err_temp(err, "the upgrade fails");
	upgrades++;
	return 0;
}

static const struct kv_layout before = {
	.what = "test", .tables = old_names, .count = 2, .format = 1};
static const struct kv_layout after = {
	.what = "test", .tables = new_names, .count = 3, .format = 2, .upgrade = upgrade};
/* A version that has no upgrade for what is so old. */
static const struct kv_layout much_later = {
	.what = "test", .tables = new_names, .count = 3, .format = 9};

static int put_rows(struct kv *kv, void *context, struct err *err)
{
	(void)context;
	for (uint32_t i = 0; i < ROWS; i++) {
		char key[8];
		int n = snprintf(key, sizeof key, "%03u", (unsigned)i);
		struct str value = {(const char *)&i, sizeof i};
		if (kv_put(kv, NUMBERS, (struct str){key, (size_t)n}, value, err) < 0)
			return -1;
	}
	return 0;
}

/* The square of 99, or 0 if it is not there. */
static int find_square(struct kv *kv, void *context, struct err *err)
{
	struct str value;
	int found = kv_get(kv, SQUARES, STR_LIT("099"), &value, err);
	*(uint32_t *)context = 0;
	if (found > 0)
		memcpy(context, value.p, sizeof(uint32_t));
	return found < 0 ? -1 : 0;
}

static void make_old(void)
{
	struct err err = {0};
	tree_remove(dir);
	assert_int_equal(mkdir(dir, 0700), 0);
	struct kv *kv = kv_open(&before, dir, &err);
	assert_non_null(kv);
	assert_int_equal(kv_write(kv, put_rows, NULL, &err), 0);
	kv_close(kv);
	upgrades = 0;
	accident = NONE;
}

static void assert_upgraded(struct kv *kv)
{
	struct err err = {0};
	uint32_t found = 0;
	if (!kv || kv_read(kv, find_square, &found, &err) < 0)
		fail();
	assert_int_equal(found, 99 * 99);
	assert_null(kv_set_aside_as(kv));
	assert_false(kv_is_new(kv));
	kv_close(kv);
}

static void test_once(void **state)
{
	struct err err = {0};
	(void)state;
	make_old();
	for (int i = 0; i < 3; i++) {
		assert_upgraded(kv_open(&after, dir, &err));
		assert_int_equal(upgrades, 1);
	}
	assert_upgraded(kv_open_read_only(&after, dir, &err));
}

static void test_readers_change_nothing(void **state)
{
	struct err err = {0};
	(void)state;
	make_old();
	assert_null(kv_open_read_only(&after, dir, &err));
	assert_non_null(strstr(err.text, "an older version of mda made it (format 1, and this one "
					 "has 2); the next delivery upgrades it"));
	assert_int_equal(upgrades, 0);
	assert_upgraded(kv_open(&after, dir, &err));
}

static void test_failure_changes_nothing(void **state)
{
	struct err err = {0};
	(void)state;
	make_old();
	accident = FAIL;
	assert_null(kv_open(&after, dir, &err));
	assert_string_equal(err.text, "the upgrade fails");
	accident = NONE;
	struct kv *kv = kv_open(&before, dir, &err);
	assert_non_null(kv);
	assert_false(kv_is_new(kv));
	kv_close(kv);
	assert_upgraded(kv_open(&after, dir, &err));
}

static void test_death_changes_nothing(void **state)
{
	struct err err = {0};
	int status;
	(void)state;
	make_old();
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		accident = DIE;
		(void)kv_open(&after, dir, &err); /* it dies */
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_upgraded(kv_open(&after, dir, &err));
	assert_int_equal(upgrades, 1);
}

/* The newer one is refused, whoever asks, and is as it was: it can be used again. */
static void test_newer(void **state)
{
	struct err err = {0};
	(void)state;
	make_old();
	assert_upgraded(kv_open(&after, dir, &err));
	for (int i = 0; i < 4; i++) {
		assert_null((i % 2 ? kv_open_read_only : kv_open)(&before, dir, &err));
		assert_int_equal(err.fault, FAULT_TEMP);
		assert_non_null(strstr(err.text, "a newer version of mda made it (format 2, and "
						 "this one has 1); install that version again"));
	}
	assert_upgraded(kv_open(&after, dir, &err));
	assert_int_equal(upgrades, 1);
}

static void test_too_old(void **state)
{
	struct err err = {0};
	(void)state;
	make_old();
	struct kv *kv = kv_open(&much_later, dir, &err);
	assert_non_null(kv);
	assert_true(kv_is_new(kv));
	assert_non_null(kv_set_aside_as(kv));
	kv_close(kv);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_readers_change_nothing),
		cmocka_unit_test(test_failure_changes_nothing),
		cmocka_unit_test(test_death_changes_nothing),
		cmocka_unit_test(test_newer),
		cmocka_unit_test(test_too_old),
	};
	assert_non_null(mkdtemp(dir));
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	tree_remove(dir);
	return failed;
}
