/* What a mailbox has seen, and maps of other programs. */
#include "base/kv/kv_map.h"
#include "store/seen.h"
#include "tests/lib/recorder.h"
#include "tests/lib/tree.h"
#include "tests/unit/test_store.h"

#include <lmdb.h>

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { DAY = 24 * 3600, NOW = 1800000000 };

static struct seen_key key_of(const char *text)
{
	const struct str parts[] = {str_of(text)};
	return seen_key_of(parts, 1);
}

static struct store_id id_of(const char *text)
{
	const struct str parts[] = {str_of(text)};
	return store_id_of(parts, 1);
}

static bool is_seen(const char *dir, const char *text, const char *delivery, int64_t now)
{
	struct seen_key key = key_of(text);
	struct store_id id = id_of(delivery);
	bool seen = true;
	assert_int_equal(seen_find(dir, &key, &id, now, &seen, NULL), 0);
	return seen;
}

static void remember(const char *dir, const char *text, const char *delivery, uint64_t seconds)
{
	struct seen_item item = {.key = key_of(text), .seconds = seconds};
	struct store_id id = id_of(delivery);
	assert_int_equal(seen_remember(dir, &item, 1, &id, NOW, NULL), 0);
}

static void test_times(void **state)
{
	char dir[] = "/tmp/mda-seen.XXXXXX";
	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_false(is_seen(dir, "a", "one", NOW));
	remember(dir, "a", "one", DAY);
	assert_true(is_seen(dir, "a", "two", NOW + 1));
	assert_false(is_seen(dir, "a", "one", NOW + 1)); /* its own retry */
	assert_false(is_seen(dir, "b", "two", NOW + 1));
	assert_true(is_seen(dir, "a", "two", NOW + DAY - 1));
	assert_false(is_seen(dir, "a", "two", NOW + DAY));
	remember(dir, "a", "two", 10 * DAY);
	assert_true(is_seen(dir, "a", "three", NOW + 9 * DAY));
	assert_int_equal(tree_remove(dir), 0);
}

/* Lengths count: "ab","c" is not "a","bc". */
static void test_keys(void **state)
{
	const struct str one[] = {STR_LIT("ab"), STR_LIT("c")},
			 two[] = {STR_LIT("a"), STR_LIT("bc")};
	struct seen_key a = seen_key_of(one, 2), b = seen_key_of(two, 2);
	(void)state;
	assert_memory_not_equal(a.bytes, b.bytes, sizeof a.bytes);
}

/* ---- hints ---- */

struct two_items {
	const char *dir;
	struct seen_item items[2];
};

static int remember_both(void *context)
{
	const struct two_items *t = context;
	struct store_id id = id_of("two");
	return seen_remember(t->dir, t->items, 2, &id, NOW, NULL);
}

/* How often the disk is waited for to remember two items. */
static unsigned syncs(const char *dir, bool first_is_hint, bool second_is_hint)
{
	struct two_items t = {.dir = dir,
		.items = {{key_of("a"), DAY, first_is_hint}, {key_of("b"), DAY, second_is_hint}}};
	struct disk *d = disk_new(dir);
	unsigned count = 0;
	assert_int_equal(recorder_run(d, "lock.mdb", remember_both, &t, NULL, NULL), 0);
	assert_null(d->blind);
	for (size_t i = 0; i < d->event_count; i++)
		count += d->events[i].kind == DISK_SYNC || d->events[i].kind == DISK_SYNC_ONE;
	disk_free(d);
	assert_true(is_seen(dir, "a", "three", NOW + 1));
	assert_true(is_seen(dir, "b", "three", NOW + 1));
	return count;
}

static void test_hints(void **state)
{
	char dir[] = "/tmp/mda-seen.XXXXXX";
	(void)state;
	assert_non_null(mkdtemp(dir));
	remember(dir, "a", "one", DAY);
	assert_int_equal(syncs(dir, false, false), 2);
	assert_int_equal(syncs(dir, true, false), 2);
	assert_int_equal(syncs(dir, true, true), 1);
	assert_int_equal(syncs(dir, false, false), 2);
	assert_int_equal(tree_remove(dir), 0);
}

/* ---- one that is being made ---- */

/*
 * Another delivery has made the directory but not the database yet: nothing was seen, and this is
 * not an error.
 */
static void test_being_made(void **state)
{
	char dir[] = "/tmp/mda-seen.XXXXXX", path[64];
	struct seen_key key = key_of("a");
	struct store_id id = id_of("two");
	struct err err = {.text = ""};
	bool seen = true;
	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/seen", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(seen_find(dir, &key, &id, NOW, &seen, &err), 0);
	assert_false(seen);
	assert_int_equal(tree_remove(dir), 0);
}

/* ---- damage ---- */

static void test_damage(void **state)
{
	char dir[] = "/tmp/mda-seen.XXXXXX", path[64];
	struct seen_key key = key_of("a");
	struct store_id id = id_of("two");
	bool seen = true;
	(void)state;
	assert_non_null(mkdtemp(dir));
	remember(dir, "a", "one", DAY);
	snprintf(path, sizeof path, "%s/seen/data.mdb", dir);
	int fd = open(path, O_WRONLY | O_TRUNC);
	assert_int_equal(write(fd, "nothing", 7), 7);
	close(fd);
	assert_int_equal(seen_find(dir, &key, &id, NOW + 1, &seen, NULL), -1);
	assert_false(seen);
	/* The next thing to be remembered makes a new database. */
	remember(dir, "b", "one", DAY);
	assert_true(is_seen(dir, "b", "two", NOW + 1));
	assert_int_equal(tree_remove(dir), 0);
}

/* ---- maps ---- */

static void put(MDB_txn *txn, MDB_dbi table, const char *key, size_t n)
{
	MDB_val k = {n, (void *)(uintptr_t)key}, v = {1, (void *)(uintptr_t) "x"};
	assert_int_equal(mdb_put(txn, table, &k, &v, 0), 0);
}

static void make_map(const char *path)
{
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi table;
	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_open(env, path, MDB_NOSUBDIR | MDB_NOLOCK, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, NULL, 0, &table), 0);
	put(txn, table, "with@nul.test", 14);
	put(txn, table, "without@nul.test", 16);
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
}

static void test_map(void **state)
{
	char dir[] = "/tmp/mda-map.XXXXXX", path[64];
	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/map.lmdb", dir);
	assert_int_equal(kv_map_holds(path, STR_LIT("x"), NULL), -1);
	make_map(path);
	assert_int_equal(kv_map_holds(path, STR_LIT("with@nul.test"), NULL), 1);
	assert_int_equal(kv_map_holds(path, STR_LIT("without@nul.test"), NULL), 1);
	assert_int_equal(kv_map_holds(path, STR_LIT("with@nul.tes"), NULL), 0);
	assert_int_equal(kv_map_holds(path, STR_LIT(""), NULL), 0);
	/* Cut short after the header pages. */
	assert_int_equal(truncate(path, 8192), 0);
	assert_int_equal(kv_map_holds(path, STR_LIT("with@nul.test"), NULL), -1);
	assert_int_equal(truncate(path, 100), 0);
	assert_int_equal(kv_map_holds(path, STR_LIT("with@nul.test"), NULL), -1);
	assert_int_equal(tree_remove(dir), 0);
}

/* Of many at once one may go on, and its retry. */
static void test_claim(void **state)
{
	char dir[] = "/tmp/mda-seen.XXXXXX";
	enum { MANY = 12 };
	pid_t pids[MANY];
	int free = 0;
	(void)state;
	assert_non_null(mkdtemp(dir));
	for (int i = 0; i < MANY; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			char name[] = {(char)('a' + i), '\0'};
			struct seen_item item = {.key = key_of("a"), .seconds = DAY};
			struct store_id id = id_of(name);
			bool seen = true, again = true;
			int r = seen_claim(dir, &item, &id, NOW, &seen, NULL);
			if (r == 0 && !seen)
				r = seen_claim(dir, &item, &id, NOW + 1, &again, NULL);
			_exit(r < 0 || (!seen && again) ? 2 : seen);
		}
	}
	for (int i = 0; i < MANY; i++) {
		int status;
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
		free += WEXITSTATUS(status) == 0;
	}
	assert_int_equal(free, 1);
	assert_int_equal(tree_remove(dir), 0);
}

int main(void)
{
	const struct table tables[] = {
		TABLE_OF_ONE(test_times, "remembered for a time, and not from oneself"),
		TABLE_OF_ONE(test_keys, "keys"),
		TABLE_OF_ONE(test_claim, "claimed by many at once"),
		TABLE_OF_ONE(test_hints, "hints wait for the disk once"),
		TABLE_OF_ONE(test_being_made, "one that is being made"),
		TABLE_OF_ONE(test_damage, "a damaged database"),
		TABLE_OF_ONE(test_map, "a map of another program"),
	};
	return table_run("seen", tables, sizeof tables / sizeof *tables);
}
