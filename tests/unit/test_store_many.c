/*
 * Many processes deliver at the same time. Into one mailbox: UIDs are unique, none is missing, and
 * they ascend in the order in which the messages appear. Into many: no writer waits for another
 * mailbox's writer.
 */
#include "tests/lib/workers.h"
#include "tests/unit/test_store_audit.h"

#include "store/state.h"

#include <dirent.h>
#include <sys/inotify.h>

static const char text[] = "Subject: x\n\nbody\n";

enum { PROCESSES = 16, MESSAGES = 2000, BOXES = 16 };

/* How many messages each process delivers; fewer where everything is slow. */
static int each(void)
{
	return MESSAGES / PROCESSES / (int)workers_step(5, 25);
}

static void deliver_or_die(struct box *b, struct job j)
{
	if (box_deliver(b, &j) == 0)
		return;
	fprintf(stderr, "# %s\n", b->err.text);
	_exit(1);
}

static void fork_all(struct box *b, int processes, void (*run)(struct box *b, int number))
{
	for (int i = 0; i < processes; i++) {
		pid_t child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			run(b, i);
			_exit(0);
		}
	}
}

static void wait_all(int processes)
{
	int failed = 0;
	for (int i = 0; i < processes; i++) {
		int status;
		assert_true(wait(&status) > 0);
		failed += !WIFEXITED(status) || WEXITSTATUS(status) == 1;
	}
	assert_int_equal(failed, 0);
}

/* ---- a reader that sees in which order files appear ---- */

struct watch {
	int fd;
	struct buf events;
};

static struct watch watch_start(struct box *b)
{
	struct watch w = {.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
	int root = maildir_open_root(b->maildir, true, &b->err);
	assert_true(root >= 0);
	close(root);
	assert_true(w.fd >= 0);
	assert_true(
		inotify_add_watch(w.fd, box_path(b, "Maildir/new"), IN_CREATE | IN_MOVED_TO) >= 0);
	return w;
}

static void watch_end(struct watch *w)
{
	ssize_t n;
	while ((n = read(w->fd, buf_grow(&w->events, 65536), 65536)) > 0)
		w->events.n += (size_t)n;
	close(w->fd);
}

struct order {
	const struct watch *watch;
	struct uiddb_folder folder;
	size_t count;
};

static int check_order(struct uiddb *db, void *context, struct err *err)
{
	struct order *o = context;
	uint32_t last = 0, uid;
	assert_int_equal(uiddb_find_folder(db, STR_LIT(""), &o->folder, err), 1);
	o->count = 0;
	for (size_t at = 0; at < o->watch->events.n;) {
		struct inotify_event event;
		memcpy(&event, o->watch->events.p + at, sizeof event);
		struct str base = str_of(o->watch->events.p + at + sizeof event);
		assert_int_equal(event.mask & IN_Q_OVERFLOW, 0);
		assert_int_equal(uiddb_find_uid(db, o->folder.id, base, &uid, err), 1);
		assert_int_equal(uid, last + 1);
		last = uid;
		at += sizeof event + event.len;
		o->count++;
	}
	return 0;
}

/* COUNT messages have appeared in the order of their UIDs, with no gap. */
static void assert_order(struct box *b, struct watch *w, size_t count)
{
	struct order o = {.watch = w};
	watch_end(w);
	struct uiddb *db = uiddb_open(b->state, true, &b->err);
	assert_non_null(db);
	assert_int_equal(uiddb_read(db, check_order, &o, &b->err), 0);
	uiddb_close(db);
	assert_int_equal(o.count, count);
	assert_int_equal(o.folder.uidnext, count + 1);
	buf_free(&w->events);
}

/* ---- into one mailbox ---- */

static enum store_server server;

static void deliver_each(struct box *b, int number)
{
	for (int i = 0; i < each(); i++) {
		const char *own = arena_fmt(b->mem, "%d %d\n", number, i).p;
		deliver_or_die(
			b, (struct job){
				   .text = own, .folders = {""}, .unique = true, .server = server});
	}
}

static void deliver_own(struct box *b, int number)
{
	const char *own = arena_fmt(b->mem, "own %d\n", number).p;
	deliver_or_die(
		b, (struct job){.text = own, .folders = {""}, .unique = true, .server = server});
}

struct into_one {
	const char *name;
	enum store_server server;
};

static const struct into_one into_one[] = {
	{"16 processes, one mailbox: UIDs ascend in order of appearance", STORE_SERVER_NONE},
	{"16 processes, one mailbox, with Dovecot", STORE_SERVER_DOVECOT},
};

static void test_one(void **state)
{
	const struct into_one *row = *state;
	struct box *b = box_new();
	size_t count = PROCESSES * (size_t)each();
	server = row->server;
	struct watch w = watch_start(b);
	fork_all(b, PROCESSES, deliver_each);
	wait_all(PROCESSES);
	box_assert(b, NULL, count, 0);
	assert_order(b, &w, count);
	assert_int_equal(uids_with_file(b), count);
	print_message("# %zu messages\n", count);
	box_free(b);
}

/* ---- into many ---- */

static struct box *boxes[BOXES];

static void deliver_around(struct box *b, int number)
{
	(void)b;
	for (int i = 0; i < each(); i++) {
		struct box *to = boxes[(number + i) % BOXES];
		const char *own = arena_fmt(to->mem, "%d %d\n", number, i).p;
		deliver_or_die(to, (struct job){.text = own, .folders = {""}, .unique = true});
	}
}

/* Each process goes from mailbox to mailbox, so that all are in all of them. */
static void test_many(void **state)
{
	struct watch watches[BOXES];
	size_t total = 0;
	(void)state;
	for (size_t i = 0; i < BOXES; i++) {
		boxes[i] = box_new();
		watches[i] = watch_start(boxes[i]);
	}
	fork_all(NULL, PROCESSES, deliver_around);
	wait_all(PROCESSES);
	for (size_t i = 0; i < BOXES; i++) {
		box_count(boxes[i], NULL);
		total += box_tally.visible;
		assert_order(boxes[i], &watches[i], box_tally.visible);
		box_free(boxes[i]);
	}
	assert_int_equal(total, PROCESSES * each());
	print_message("# %zu messages\n", total);
}

static void deliver_one(struct box *b, int number)
{
	(void)number;
	deliver_or_die(b, (struct job){.text = text, .folders = {"", "A"}, .unique = true});
}

/*
 * A writer to one mailbox finishes while all other mailboxes stay locked. A writer that waited for
 * any of them would never finish, because they are unlocked only later.
 */
static void test_no_wait(void **state)
{
	int locks[BOXES], states[BOXES];
	(void)state;
	for (size_t i = 0; i < BOXES; i++) {
		boxes[i] = box_new();
		deliver_one(boxes[i], 0);
		states[i] = state_open(boxes[i]->state, -1, &boxes[i]->err);
		assert_true(states[i] >= 0);
		locks[i] = state_lock(states[i], &boxes[i]->err);
		assert_true(locks[i] >= 0);
	}
	for (size_t i = 0; i < BOXES; i++) {
		struct job j = {.text = text, .folders = {"", "A"}, .id = "second", .unique = true};
		close(locks[i]);
		assert_int_equal(box_deliver(boxes[i], &j), 0);
		box_assert(boxes[i], text, 4, 0);
		locks[i] = state_lock(states[i], &boxes[i]->err);
		assert_true(locks[i] >= 0);
	}
	for (size_t i = 0; i < BOXES; i++) {
		close(locks[i]);
		close(states[i]);
		box_free(boxes[i]);
	}
}

/*
 * So that the test above means something: within one mailbox, nothing appears while it is locked.
 */
static void test_wait(void **state)
{
	struct box *b = box_new(), *other = box_new();
	(void)state;
	deliver_one(b, 0);
	int dir = state_open(b->state, -1, &b->err), lock = state_lock(dir, &b->err);
	assert_true(lock >= 0);
	struct job j = {.text = text, .folders = {""}, .id = "second", .unique = true};
	pid_t child = fork();
	if (child == 0) {
		close(lock); /* it would hold what it waits for */
		_exit(box_deliver(b, &j) == 0 ? 0 : 1);
	}
	for (int i = 0; i < 20; i++)
		deliver_one(other, 0);
	box_count(b, text);
	assert_int_equal(box_tally.visible, 2);
	close(lock);
	wait_all(1);
	box_assert(b, text, 3, 0);
	close(dir);
	box_free(b);
	box_free(other);
}

/* ---- a database that breaks under many ---- */

static int count_matches(struct box *b, const char *directory, const char *prefix)
{
	int n = 0;
	DIR *dir = opendir(box_path(b, directory));
	assert_non_null(dir);
	for (const struct dirent *e; (e = readdir(dir));)
		n += strncmp(e->d_name, prefix, strlen(prefix)) == 0;
	closedir(dir);
	return n;
}

static void assert_one_base(struct box *b, const struct knowledge *before)
{
	assert_known(b, before, "after the damage");
	assert_int_equal(count_matches(b, ".Maildir.mda", "data.mdb.damaged-"), 1);
}

static void spoil(struct box *b)
{
	char noise[8192];
	memset(noise, 0x5a, sizeof noise);
	int fd = open(box_path(b, ".Maildir.mda/data.mdb"), O_WRONLY);
	assert_true(fd >= 0 && write(fd, noise, sizeof noise) == (ssize_t)sizeof noise);
	close(fd);
}

static void truncate_database(struct box *b)
{
	assert_int_equal(truncate(box_path(b, ".Maildir.mda/data.mdb"), 4096 + 100), 0);
}

static const struct damage_row {
	const char *name;
	void (*breaks)(struct box *b);
	enum store_server server;
} damage_rows[] = {
	{"16 processes, a damaged database: one sets it aside", spoil, STORE_SERVER_NONE},
	{"16 processes, a database that was cut", truncate_database, STORE_SERVER_NONE},
	{"16 processes, a damaged database, with Dovecot", spoil, STORE_SERVER_DOVECOT},
};

/* UIDs of before stay, nothing is lost or doubled, and there is one new database. */
static void test_breaking(void **state)
{
	const struct damage_row *row = *state;
	struct box *b = box_new();
	struct knowledge before;
	const size_t known = 5, count = known + PROCESSES;
	server = row->server;
	for (size_t i = 0; i < known; i++)
		deliver_or_die(b, (struct job){.text = text,
					  .folders = {""},
					  .id = arena_fmt(b->mem, "before %zu", i).p,
					  .unique = true,
					  .server = server});
	assert_true(learn(b, &before));
	assert_int_equal(before.count, known);
	row->breaks(b);
	fork_all(b, PROCESSES, deliver_own);
	wait_all(PROCESSES);
	box_assert(b, NULL, count, 0);
	assert_int_equal(uids_with_file(b), count);
	assert_one_base(b, &before);
	box_free(b);
}

/* ---- the same message ---- */

enum { ATTEMPTS = 8 };

static void deliver_equal(struct box *b, int number)
{
	(void)number;
	deliver_or_die(b, (struct job){.text = text, .folders = {"", "A"}, .unique = false});
}

struct same {
	const char *name;
	void (*run)(struct box *b, int number);
	size_t copies;
};

/* An MTA that lost patience starts a second attempt while the first still runs. */
static const struct same same[] = {
	{"8 attempts at one delivery at once: one copy", deliver_one, 1},
	{"8 equal messages at once: 8 copies", deliver_equal, ATTEMPTS},
};

static void test_same(void **state)
{
	const struct same *row = *state;
	for (size_t i = 0; i < 20; i += workers_step(2, 5)) {
		struct box *b = box_new();
		fork_all(b, ATTEMPTS, row->run);
		wait_all(ATTEMPTS);
		box_assert(b, text, 2 * row->copies, 0);
		assert_int_equal(uids_with_file(b), 2 * row->copies);
		box_free(b);
	}
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_one, into_one),
		TABLE_OF_ONE(test_many, "16 processes, 16 mailboxes"),
		TABLE_OF_ONE(test_no_wait, "no mailbox waits for the lock of another"),
		TABLE_OF_ONE(test_wait, "a locked mailbox waits"),
		TABLE(test_breaking, damage_rows),
		TABLE(test_same, same),
	};
	/* What is synced plays no part here, so memory does. */
	if (access("/dev/shm", W_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 0);
	return table_run("store, many at once", tables, sizeof tables / sizeof *tables);
}
