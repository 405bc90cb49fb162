/*
 * The database's surroundings: others that have it open, readers that died, a database that may
 * only be read, a network file system.
 */
#include "tests/lib/workers.h"
#include "tests/unit/test_store.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>

enum { MANY_READERS = 600, WRITES = 300, NOBODY = 65534 };

static struct uiddb *must_open(struct box *b)
{
	struct uiddb *db = uiddb_open(b->state, false, &b->err);
	if (!db)
		fail_msg("%s", b->err.text);
	return db;
}

struct gift {
	const char *base;
	uint32_t uid;
};

static int give(struct uiddb *db, void *context, struct err *err)
{
	struct gift *g = context;
	struct uiddb_folder folder;
	if (uiddb_make_folder(db, STR_LIT(""), &folder, err) < 0)
		return -1;
	return uiddb_give_uid(db, STR_LIT(""), &folder, str_of(g->base), &g->uid, err);
}

static uint32_t give_one(struct box *b, size_t number)
{
	struct gift g = {.base = arena_fmt(b->mem, "message %zu", number).p};
	struct uiddb *db = must_open(b);
	if (uiddb_write(db, give, &g, &b->err) < 0)
		fail_msg("%s", b->err.text);
	uiddb_close(db);
	return g.uid;
}

static struct box *new_database(void)
{
	struct box *b = box_new();
	assert_int_equal(mkdir(b->state, 0700), 0);
	assert_int_equal(give_one(b, 0), 1);
	return b;
}

/* ---- readers that died ---- */

static int die_reading(struct uiddb *db, void *context, struct err *err)
{
	struct uiddb_folder folder;
	(void)context;
	(void)uiddb_find_folder(db, STR_LIT(""), &folder, err);
	(void)kill(getpid(), SIGKILL);
	return 0;
}

/* What it read stays marked as in use, until somebody looks who is still alive. */
static void leave_dead_reader(struct box *b)
{
	int status;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct uiddb *db = uiddb_open(b->state, false, &b->err);
		(void)uiddb_read(db, die_reading, NULL, &b->err);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
}

/*
 * Keeps the database open meanwhile, because LMDB clears the table of readers when nobody has it
 * open.
 */
static pid_t hold_open(struct box *b)
{
	int ready[2];
	char byte = 0;
	assert_int_equal(pipe(ready), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		const struct uiddb *db = uiddb_open(b->state, false, &b->err);
		close(ready[0]);
		if (db && write(ready[1], &byte, 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return child;
}

static void let_go(pid_t child)
{
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static off_t size_of_database(struct box *b)
{
	struct stat st;
	assert_int_equal(stat(box_path(b, ".Maildir.mda/data.mdb"), &st), 0);
	return st.st_size;
}

/*
 * Pages that nobody reads any more are used again, so the file does not grow with the number of
 * transactions.
 */
static void test_dead_reader(void **state)
{
	size_t writes = WRITES / workers_step(2, 10);
	(void)state;
	struct box *b = new_database();
	pid_t holder = hold_open(b);
	leave_dead_reader(b);
	for (size_t i = 1; i <= writes; i++)
		assert_int_equal(give_one(b, i), i + 1);
	assert_true(size_of_database(b) < 64 * 4096);
	let_go(holder);
	box_free(b);
}

/* More than there is room for. */
static void test_dead_readers(void **state)
{
	(void)state;
	struct box *b = new_database();
	pid_t holder = hold_open(b);
	for (size_t i = 0; i < MANY_READERS; i++)
		leave_dead_reader(b);
	assert_int_equal(give_one(b, 1), 2);
	let_go(holder);
	box_free(b);
}

/* ---- a writer that died ---- */

static int die_writing(struct uiddb *db, void *context, struct err *err)
{
	(void)give(db, context, err);
	(void)kill(getpid(), SIGKILL);
	return 0;
}

/* Its lock is taken over, and what it wrote has not happened. */
static void test_dead_writer(void **state)
{
	(void)state;
	struct box *b = new_database();
	pid_t holder = hold_open(b);
	for (size_t i = 1; i <= 20; i++) {
		struct gift g = {.base = "never"};
		pid_t child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			struct uiddb *db = uiddb_open(b->state, false, &b->err);
			(void)uiddb_write(db, die_writing, &g, &b->err);
			_exit(0);
		}
		assert_int_equal(waitpid(child, NULL, 0), child);
		assert_int_equal(give_one(b, i), i + 1);
	}
	let_go(holder);
	box_free(b);
}

/* ---- what may only be read ---- */

struct locked {
	const char *name;
	mode_t directory, file, lock;
	bool reads; /* who only reads can */
};

static const struct locked lockeds[] = {
	{"the database may only be read", 0755, 0444, 0666, true},
	{"nor may its lock be written", 0755, 0444, 0444, false},
	{"the database may not even be read", 0755, 0000, 0666, false},
	{"its directory may not be searched", 0600, 0644, 0666, false},
};

static int read_folder(struct uiddb *db, void *context, struct err *err)
{
	(void)context;
	struct uiddb_folder folder;
	return uiddb_find_folder(db, STR_LIT(""), &folder, err) == 1 ? 0 : -1;
}

/* Runs as a user for whom modes matter. */
static int try_locked(struct box *b, const struct locked *row)
{
	struct job j = {.text = "x\n", .folders = {""}, .unique = true};
	if (geteuid() == 0 && (setgid(NOBODY) < 0 || setuid(NOBODY) < 0))
		return 2;
	if (box_deliver(b, &j) == 0)
		return 3;
	if (b->err.fault != FAULT_TEMP || b->err.text[0] == '\0')
		return 4;
	struct uiddb *db = uiddb_open(b->state, true, &b->err);
	bool reads = db && uiddb_read(db, read_folder, NULL, &b->err) == 0;
	uiddb_close(db);
	return reads == row->reads ? 0 : 5;
}

static void test_locked(void **state)
{
	const struct locked *row = *state;
	int status;
	struct box *b = new_database();
	assert_int_equal(chmod(b->dir, 0777), 0);
	assert_int_equal(chmod(box_path(b, ".Maildir.mda/lock.mdb"), row->lock), 0);
	assert_int_equal(chmod(box_path(b, ".Maildir.mda/data.mdb"), row->file), 0);
	assert_int_equal(chmod(b->state, row->directory), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(try_locked(b, row));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	box_count(b, NULL);
	assert_int_equal(box_tally.visible, 0);
	assert_int_equal(chmod(b->state, 0700), 0);
	box_free(b);
}

/* ---- file systems of the network ---- */

/* What the store is told; 0: the truth. */
static unsigned long told_type;

int fstatfs(int fd, struct statfs *fs)
{
	int r = (int)syscall(SYS_fstatfs, fd, fs);
	if (r == 0 && told_type)
		fs->f_type = (__typeof__(fs->f_type))told_type;
	return r;
}

static const struct network {
	const char *name;
	unsigned long type;
	bool refused;
} networks[] = {
	{"NFS", 0x6969, true},
	{"SMB", 0x517b, true},
	{"CIFS", 0xff534d42, true},
	{"SMB2", 0xfe534d42, true},
	{"AFS", 0x5346414f, true},
	{"9p", 0x01021997, true},
	{"Ceph", 0x00c36400, true},
	{"ext4", 0xef53, false},
	{"tmpfs", 0x01021994, false},
	{"btrfs", 0x9123683e, false},
};

/* One that is refused is named, and leaves no file behind that a local one would be taken for. */
static void test_network(void **state)
{
	const struct network *n = *state;
	struct box *b = box_new();
	assert_int_equal(mkdir(b->state, 0700), 0);
	told_type = n->type;
	struct uiddb *db = uiddb_open(b->state, false, &b->err);
	told_type = 0;
	assert_int_equal(db == NULL, n->refused);
	if (n->refused) {
		const char *named = arena_fmt(b->mem, " is on %s: ", n->name).p;
		assert_non_null(strstr(b->err.text, named));
		assert_non_null(strstr(b->err.text, "set state_dir"));
		assert_false(box_has(b, ".Maildir.mda/data.mdb"));
	}
	uiddb_close(db);
	box_free(b);
}

int main(void)
{
	const struct table tables[] = {
		TABLE_OF_ONE(test_dead_reader, "a reader that died keeps no pages"),
		TABLE_OF_ONE(test_dead_readers, "600 readers that died leave room"),
		TABLE_OF_ONE(test_dead_writer, "a writer that died leaves no lock"),
		TABLE(test_locked, lockeds),
		TABLE(test_network, networks),
	};
	return table_run("uiddb, others", tables, sizeof tables / sizeof *tables);
}
