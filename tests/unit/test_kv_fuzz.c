/*
 * LMDB files of every kind with random bytes changed: each question ends, and no process dies.
 * MDA_FUZZ_ROUNDS sets how many files of each kind are tried, MDA_FUZZ_SEED where they begin.
 */
#include "base/buf.h"
#include "base/io.h"
#include "base/kv/kv_map.h"
#include "base/limits.h"
#include "base/mapguard.h"
#include "filters/label/contacts_book.h"
#include "filters/label/contacts_known.h"
#include "filters/lists/list_compile.h"
#include "filters/lists/list_search.h"
#include "store/seen.h"
#include "store/uiddb.h"
#include "tests/lib/tree.h"
#include "tests/unit/table.h"

#include <lmdb.h>

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * How many seconds of CPU time the child may use: less than mapguard's limit, which must not be
 * needed.
 */
enum { ROUNDS = 120, CPU_SECONDS = LIMIT_DATABASE_STEP / 2, FLIPS_MOST = 12, ENTRIES = 400 };

/* With this one the first file of contacts is one in which LMDB itself goes round and round. */
static const unsigned long SEED = 3651785828221878962;

static char dir[] = "/tmp/mda-test-kv.XXXXXX";
static struct arena *mem;

static const char *path_of(const char *name)
{
	return arena_fmt(mem, "%s/%s", dir, name).p;
}

static uint64_t random_state;

static uint32_t next_random(void)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(random_state >> 33);
}

static unsigned long number_from(const char *name, unsigned long usual)
{
	const char *text = getenv(name);
	return text && *text ? strtoul(text, NULL, 10) : usual;
}

static void put(const char *path, struct str bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes.p, bytes.n), (ssize_t)bytes.n);
	assert_int_equal(close(fd), 0);
}

/* 0: all is as it should be. */
static int must_work(int r, const struct err *err)
{
	(void)err;
	return r < 0;
}

/* ---- a compiled list ---- */

static void on_hit(void *context, const struct list_hit *hit)
{
	(void)hit;
	++*(size_t *)context;
}

static const char *make_list(void)
{
	struct buf b = {0};
	struct list_compiled done;
	struct err err;
	for (unsigned i = 0; i < ENTRIES; i++)
		buf_fmt(&b, i % 4 ? "user%u@host%u.test\n" : "us*%u?@host%u.test\n", i, i);
	buf_text(&b, "what is this\n");
	put(path_of("list"), buf_str(&b));
	buf_free(&b);
	assert_int_equal(list_compile(str_of(path_of("list")), &done, &err), 1);
	return "list.lmdb";
}

static int ask_list(void)
{
	size_t hits = 0;
	struct str key = STR_LIT("user201@host201.test");
	struct list_query q = {.path = str_of(path_of("list")),
		.keys = &key,
		.count = 1,
		.hit = on_hit,
		.context = &hits};
	struct err err;
	return list_search(&q, &err) < 0;
}

/* ---- a compiled address book ---- */

static struct str_list book_paths;

static void tell(void *context, const char *text)
{
	(void)context;
	(void)text;
}

static struct book book_here(void)
{
	book_paths = (struct str_list){0};
	*(struct str *)ARENA_PUSH(mem, book_paths.items, book_paths.count) =
		str_of(path_of("book.vcf"));
	return (struct book){&book_paths, path_of("book.lmdb")};
}

static const char *make_book(void)
{
	struct buf b = {0};
	struct book book = book_here();
	struct book_compiled done;
	struct err err;
	for (unsigned i = 0; i < ENTRIES; i++)
		buf_fmt(&b,
			"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:N%u\r\nEMAIL:n%u@x.test\r\nEND:VCARD\r\n",
			i, i);
	put(path_of("book.vcf"), buf_str(&b));
	buf_free(&b);
	assert_int_equal(contacts_book_compile(&book, &done, &err), 1);
	return "book.lmdb";
}

static int ask_book(void)
{
	struct book book = book_here();
	struct book_entry found;
	struct err err;
	return contacts_book_find(&book, STR_LIT("n201@x.test"), mem, &found, tell, NULL, &err) < 0;
}

/* ---- contacts that were learned ---- */

static const char *make_known(void)
{
	struct err err;
	struct known_changes *c = contacts_known_open(path_of("known"), &err);
	assert_non_null(c);
	for (unsigned i = 0; i < ENTRIES; i++)
		contacts_known_wrote(c, arena_fmt(mem, "n%u@x.test", i), STR_LIT("A Name"), i);
	assert_int_equal(contacts_known_commit(c, &err), 0);
	contacts_known_close(c);
	return "known/data.mdb";
}

static int count_known(void *context, const struct known *one, struct err *err)
{
	(void)one;
	(void)err;
	return ++*(size_t *)context > 10 * ENTRIES ? -1 : 0;
}

/* Reading it, and then writing to it, which may set it aside. */
static int ask_known(void)
{
	size_t n = 0;
	struct known found;
	struct err err;
	if (contacts_known_find(path_of("known"), STR_LIT("n201@x.test"), mem, &found, &err) > 1)
		return 1;
	if (contacts_known_walk(path_of("known"), count_known, &n, &err) == 0 && n > 10 * ENTRIES)
		return 1;
	struct known_changes *c = contacts_known_open(path_of("known"), &err);
	if (c)
		contacts_known_wrote(c, STR_LIT("new@x.test"), STR_LIT("New"), 1);
	int r = c ? contacts_known_commit(c, &err) : -1;
	contacts_known_close(c);
	return must_work(r, &err);
}

/* ---- the state of a mailbox ---- */

static int give_some(struct uiddb *db, void *context, struct err *err)
{
	struct uiddb_folder folder;
	uint32_t uid;
	unsigned count = *(const unsigned *)context;
	if (uiddb_make_folder(db, STR_LIT(""), &folder, err) < 0)
		return -1;
	for (unsigned i = 0; i < count; i++)
		if (uiddb_give_uid(db, STR_LIT(""), &folder,
			    arena_fmt(mem, "1700000000.M%uP%u.host", i, count), &uid, err) < 0)
			return -1;
	return 0;
}

static const char *make_state(void)
{
	struct err err;
	unsigned count = ENTRIES;
	assert_int_equal(mkdir(path_of("state"), 0700), 0);
	struct uiddb *db = uiddb_open(path_of("state"), false, &err);
	assert_non_null(db);
	assert_int_equal(uiddb_write(db, give_some, &count, &err), 0);
	uiddb_close(db);
	return "state/data.mdb";
}

static bool visit_uid(void *context, uint32_t uid, struct str base)
{
	(void)uid;
	(void)base;
	return ++*(size_t *)context <= 10 * ENTRIES;
}

static int read_uids(struct uiddb *db, void *context, struct err *err)
{
	struct uiddb_folder folder;
	if (uiddb_find_folder(db, STR_LIT(""), &folder, err) < 1)
		return 0;
	return uiddb_walk_uids(db, folder.id, 1, visit_uid, context, err);
}

/* As a tool reads it, and then as a delivery writes to it. */
static int ask_state(void)
{
	size_t n = 0;
	unsigned one = 1;
	struct err err;
	struct uiddb *db = uiddb_open(path_of("state"), true, &err);
	if (db)
		(void)uiddb_read(db, read_uids, &n, &err); /* an error is an answer */
	uiddb_close(db);
	db = uiddb_open(path_of("state"), false, &err);
	int r = db ? uiddb_write(db, give_some, &one, &err) : -1;
	uiddb_close(db);
	return must_work(r, &err);
}

/* ---- a map of another program ---- */

static const char *make_map(void)
{
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi table;
	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(
		mdb_env_open(env, path_of("map.lmdb"), MDB_NOSUBDIR | MDB_NOLOCK, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, NULL, 0, &table), 0);
	for (unsigned i = 0; i < 4 * ENTRIES; i++) {
		struct str key = arena_fmt(mem, "n%u@x.test", i);
		MDB_val k = {key.n + 1, (void *)key.p}, v = {2, (void *)"OK"};
		assert_int_equal(mdb_put(txn, table, &k, &v, 0), 0);
	}
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
	return "map.lmdb";
}

static int ask_map(void)
{
	struct err err;
	return kv_map_holds(path_of("map.lmdb"), STR_LIT("n201@x.test"), &err) > 1;
}

/* ---- damage ---- */

static const struct kind {
	const char *name;
	const char *(*make)(void); /* returns the name of the file */
	int (*ask)(void);          /* 0: it was answered, or could not be, as it should */
} kinds[] = {
	{"a compiled list", make_list, ask_list},
	{"a compiled address book", make_book, ask_book},
	{"contacts that were learned", make_known, ask_known},
	{"the state of a mailbox", make_state, ask_state},
	{"a map of another program", make_map, ask_map},
};

/* Half of the changes go where a page's header and its list of nodes is, or into small numbers. */
static void damage(char *bytes, size_t n)
{
	for (unsigned flips = 1 + next_random() % FLIPS_MOST; flips; flips--) {
		size_t page = next_random() % (n / 4096) * 4096;
		size_t at = next_random() % 2 ? next_random() % n : page + next_random() % 160;
		switch (next_random() % 4) {
		case 0:
			bytes[at] = (char)next_random();
			break;
		case 1:
			bytes[at] = (char)(bytes[at] ^ (1 << next_random() % 8));
			break;
		case 2:
			bytes[at] = (char)(next_random() % (n / 4096));
			break;
		default:
			memcpy(bytes + at / 8 * 8, bytes + next_random() % (n / 8) * 8, 8);
		}
	}
}

static void limit_cpu(void)
{
	const struct rlimit limit = {CPU_SECONDS, CPU_SECONDS}, none = {0, 0};
	if (setrlimit(RLIMIT_CPU, &limit) < 0 || setrlimit(RLIMIT_CORE, &none) < 0)
		_exit(2);
}

static int status_of(int (*ask)(void))
{
	int status;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		limit_cpu();
		_exit(ask());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* What setting a damaged one aside left. */
static void remove_aside(const char *file)
{
	const char *slash = strrchr(file, '/');
	if (slash)
		assert_int_equal(tree_remove(path_of(arena_cstr(
					 mem, (struct str){file, (size_t)(slash - file)}))),
			0);
}

static void put_damaged(const char *file, struct str bytes)
{
	const char *slash = strrchr(file, '/');
	if (slash)
		assert_int_equal(
			mkdir(path_of(arena_cstr(mem, (struct str){file, (size_t)(slash - file)})),
				0700),
			0);
	put(path_of(file), bytes);
}

static void test_damaged(void **state)
{
	const struct kind *kind = *state;
	const unsigned long rounds = number_from("MDA_FUZZ_ROUNDS", ROUNDS);
	struct str good;
	struct err err;
	mem = arena_new();
	assert_non_null(mkdtemp(dir));
	const char *file = kind->make();
	assert_int_equal(io_read_file(path_of(file), 1 << 26, mem, &good, &err), 1);
	assert_true(good.n >= 8 * 4096);
	assert_int_equal(status_of(kind->ask), 0);
	random_state = number_from("MDA_FUZZ_SEED", SEED);
	char *bytes = mem_alloc(good.n);
	for (unsigned long i = 0; i < rounds; i++) {
		memcpy(bytes, good.p, good.n);
		damage(bytes, good.n);
		remove_aside(file);
		put_damaged(file, (struct str){bytes, good.n});
		int status = status_of(kind->ask);
		if (status) {
			put("/tmp/mda-kv-fuzz-failed", (struct str){bytes, good.n});
			fail_msg("round %lu: status %#x; the file is /tmp/mda-kv-fuzz-failed", i,
				(unsigned)status);
		}
	}
	free(bytes);
	assert_int_equal(tree_remove(dir), 0);
	strcpy(strrchr(dir, '.'), ".XXXXXX");
	arena_free(mem);
}

/* ---- what never ends ---- */

static int go_round(void *context)
{
	volatile unsigned *n = context;
	while (*n < UINT_MAX)
		*n = *n == UINT_MAX - 1 ? 1 : *n + 1;
	return 0;
}

static int go_on(void *context)
{
	const clock_t end = clock() + 2 * CLOCKS_PER_SEC + CLOCKS_PER_SEC / 2;
	(void)context;
	while (clock() < end)
		mapguard_progress();
	return 7;
}

static void test_endless(void **state)
{
	unsigned n = 0;
	(void)state;
	mapguard_patience(2);
	assert_int_equal(mapguard_run(go_round, &n), MAPGUARD_FAULT);
	assert_true(n > 0);
	assert_int_equal(mapguard_run(go_on, NULL), 7);
	mapguard_patience(0);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_damaged, kinds),
		TABLE_OF_ONE(test_endless, "work without an end, and work that goes on"),
	};
	return table_run("damaged LMDB files", tables, sizeof tables / sizeof *tables);
}
