/*
 * Exactly once: a delivery is killed at its first system call, its second, ... to the last, before and after each, and
 * then the same message comes again, as the MTA would send it. And many deliveries at once.
 */
#include "tests/unit/test_store.h"

#include "mda/base/buf.h"
#include "mda/base/io.h"
#include "store/journal.h"
#include "store/maildir.h"

#include <signal.h>
#include <sys/inotify.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

static const char text[] = "Subject: x\n\nbody\n";

/* ---- UIDs and files ---- */

struct audit {
	struct box *box;
	struct uiddb *db;
	int root, folder;
	size_t with_file;
	struct err err;
};

/* Dovecot's file, where there is one, has the same UID for it. */
static void audit_server(struct audit *a, uint32_t uid, struct str base)
{
	struct buf list = {0};
	int fd = openat(a->folder, "dovecot-uidlist", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	assert_int_equal(io_read_all(fd, 1 << 20, &list, "dovecot-uidlist", &a->err), 0);
	close(fd);
	struct str line =
		arena_fmt(a->box->mem, "\n%lu :" STR_FMT "\n", (unsigned long)uid, STR_ARGS(base));
	if (str_ifind(buf_str(&list), line) == list.n)
		fail_msg("Dovecot does not know " STR_FMT "in\n" STR_FMT, STR_ARGS(line),
			STR_ARGS(buf_str(&list)));
	buf_free(&list);
}

static bool audit_uid(void *context, uint32_t uid, struct str base)
{
	struct audit *a = context;
	int there = maildir_has(a->folder, arena_cstr(a->box->mem, base), &a->err);
	assert_true(there >= 0);
	assert_true(uid > 0);
	a->with_file += there == 1;
	if (there)
		audit_server(a, uid, base);
	return true;
}

static bool audit_folder(void *context, struct str directory, const struct uiddb_folder *folder)
{
	struct audit *a = context;
	a->folder = maildir_open_folder(a->root, arena_cstr(a->box->mem, directory), &a->err);
	assert_true(a->folder >= 0);
	assert_int_equal(uiddb_walk_uids(a->db, folder->id, 0, audit_uid, a, &a->err), 0);
	close(a->folder);
	return true;
}

static int audit_all(struct uiddb *db, void *context, struct err *err)
{
	struct audit *a = context;
	a->db = db;
	return uiddb_walk_folders(db, audit_folder, a, err);
}

/* How many UIDs have a file: as many as there are files, when none has two. */
static size_t uids_with_file(struct box *b)
{
	struct audit a = {.box = b, .root = maildir_open_root(b->maildir, &b->err)};
	struct uiddb *db = uiddb_open(b->state, true, &b->err);
	assert_non_null(db);
	assert_int_equal(uiddb_read(db, audit_all, &a, &b->err), 0);
	uiddb_close(db);
	close(a.root);
	return a.with_file;
}

/* ---- the killer ---- */

/* The process that delivers; it never returns. */
static void child_deliver(struct box *b, const struct job *job, bool traced)
{
	struct job j = *job;
	if (traced && ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		_exit(3);
	if (traced)
		raise(SIGSTOP);
	_exit(box_deliver(b, &j) == 0 ? 0 : 1);
}

/* Runs a delivery that dies at its stop number N; returns false when it came to its end before. */
static bool kill_at(struct box *b, const struct job *job, size_t n)
{
	int status;
	pid_t child = fork();
	if (child == 0)
		child_deliver(b, job, true);
	assert_int_equal(waitpid(child, &status, 0), child);
	for (size_t i = 0; i < n && WIFSTOPPED(status); i++) {
		assert_int_equal(ptrace(PTRACE_SYSCALL, child, NULL, NULL), 0);
		assert_int_equal(waitpid(child, &status, 0), child);
	}
	if (WIFSTOPPED(status)) {
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, &status, 0), child);
		return true;
	}
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	return false;
}

static bool can_trace(void)
{
	int status;
	pid_t child = fork();
	if (child == 0)
		_exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0);
	waitpid(child, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

struct crash {
	const char *name;
	struct job job;
	bool twice; /* the retry is killed as well, at the same stop */
	size_t before;
};

static const struct crash crashes[] = {
	{"killed: the first message of a mailbox", {.text = text, .folders = {""}, .unique = true},
		false, 0},
	{"killed: three folders", {.text = text, .folders = {"", "A", "B"}, .unique = true}, false,
		1},
	{"killed: with flags", {.text = text, .folders = {"A"}, .unique = true, .flags = 1}, false,
		1},
	{"killed: a message that is not unique", {.text = text, .folders = {"", "A"}}, false, 1},
	{"killed: with Dovecot",
		{.text = text,
			.folders = {"", "A"},
			.unique = true,
			.server = STORE_SERVER_DOVECOT},
		false, 1},
	{"killed: with Dovecot, not unique",
		{.text = text, .folders = {"", "A"}, .server = STORE_SERVER_DOVECOT}, false, 1},
	{"killed twice: with Dovecot",
		{.text = text,
			.folders = {"", "A"},
			.unique = true,
			.server = STORE_SERVER_DOVECOT},
		true, 0},
	{"killed: with Courier",
		{.text = text, .folders = {"A"}, .unique = true, .server = STORE_SERVER_COURIER},
		false, 1},
	{"killed twice: two folders", {.text = text, .folders = {"", "A"}, .unique = true}, true,
		0},
	{"killed twice: not unique", {.text = text, .folders = {"", "A"}}, true, 1},
};

static size_t folders_of(const struct job *j)
{
	size_t n = 0;
	while (n < 4 && j->folders[n])
		n++;
	return n;
}

struct look {
	struct box *box;
	const struct job *job;
	bool ended;
};

static int look_at_record(struct uiddb *db, void *context, struct err *err)
{
	struct look *l = context;
	struct store_id id = box_id(l->job->text, false);
	struct str record;
	struct journal j;
	int found = uiddb_get_record(db, id.bytes, &record, err);
	if (found <= 0)
		return found;
	assert_true(journal_decode(record, l->box->mem, &j));
	assert_non_null(j.marker);
	int root = maildir_open_root(l->box->maildir, err);
	assert_true(root >= 0);
	l->ended = !maildir_has_marker(root, j.marker->directory.p, j.marker->base.p);
	close(root);
	return 0;
}

/*
 * Did the attempt that was killed come to its end, that is, remove its marker? Then the same bytes are a new message, if
 * they are not unique.
 */
static bool ended(struct box *b, const struct job *job, size_t visible)
{
	struct look l = {.box = b, .job = job};
	box_count(b, text);
	if (job->unique || box_tally.visible < visible)
		return false;
	struct uiddb *db = uiddb_open(b->state, true, &b->err);
	assert_non_null(db);
	assert_int_equal(uiddb_read(db, look_at_record, &l, &b->err), 0);
	uiddb_close(db);
	return l.ended;
}

static bool crash_once(const struct crash *row, size_t n)
{
	struct box *b = box_new();
	size_t copies = 1, whole = row->before + folders_of(&row->job);
	for (size_t i = 0; i < row->before; i++) {
		struct job other = {
			.text = text, .id = row->job.unique ? "other" : NULL, .folders = {""}};
		assert_int_equal(box_deliver(b, &other), 0);
	}
	bool killed = kill_at(b, &row->job, n);
	if (killed) {
		copies += ended(b, &row->job, whole);
		if (row->twice && copies == 1) {
			kill_at(b, &row->job, n);
			copies += ended(b, &row->job, whole);
		}
		struct job again = row->job;
		if (box_deliver(b, &again) < 0)
			fail_msg("stop %zu: %s", n, b->err.text);
	}
	box_count(b, text);
	size_t visible = whole + (copies - 1) * folders_of(&row->job);
	if (box_tally.visible != visible || box_tally.torn)
		fail_msg("stop %zu: %zu messages, not %zu; %zu torn", n, box_tally.visible, visible,
			box_tally.torn);
	/* What was written and not yet recorded is all that may be left. */
	if (box_tally.tmp > folders_of(&row->job) * (1 + row->twice))
		fail_msg("stop %zu: %zu files in tmp", n, box_tally.tmp);
	if (uids_with_file(b) != visible)
		fail_msg("stop %zu: %zu UIDs for %zu files", n, uids_with_file(b), visible);
	box_free(b);
	return killed;
}

static void test_crash(void **state)
{
	const struct crash *row = *state;
	/* Valgrind's own calls stop the child as well. */
	const char *preload = getenv("LD_PRELOAD");
	size_t n = 1, tried = 0, step = preload && strstr(preload, "vgpreload") ? 20 : 1;
	if (!can_trace())
		skip();
	for (; crash_once(row, n); n += step)
		tried++;
	assert_true(n > 50);
	print_message("# %s: %zu instants\n", row->name, tried);
}

/* ---- many at once ---- */

enum { PROCESSES = 8, EACH = 50 };

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
	for (int i = 0; i < processes; i++) {
		int status;
		assert_true(wait(&status) > 0);
		assert_true(WIFEXITED(status));
		assert_int_not_equal(WEXITSTATUS(status), 1);
	}
}

static void deliver_each(struct box *b, int number)
{
	for (int i = 0; i < EACH; i++) {
		const char *own = arena_fmt(b->mem, "%d %d\n", number, i).p;
		struct job j = {.text = own, .folders = {""}, .unique = true};
		if (box_deliver(b, &j) < 0) {
			fprintf(stderr, "# %s\n", b->err.text);
			_exit(1);
		}
	}
}

struct order {
	struct uiddb_folder folder;
	const char *names; /* of files, as they appeared */
	size_t length, count;
};

static int check_order(struct uiddb *db, void *context, struct err *err)
{
	struct order *o = context;
	uint32_t last = 0, uid;
	assert_int_equal(uiddb_find_folder(db, STR_LIT(""), &o->folder, err), 1);
	o->count = 0;
	for (size_t at = 0; at < o->length;) {
		struct inotify_event event;
		memcpy(&event, o->names + at, sizeof event);
		struct str base = str_of(o->names + at + sizeof event);
		assert_int_equal(uiddb_find_uid(db, o->folder.id, base, &uid, err), 1);
		assert_int_equal(uid, last + 1);
		last = uid;
		at += sizeof event + event.len;
		o->count++;
	}
	return 0;
}

static void test_order(void **state)
{
	struct box *b = box_new();
	struct order o = {.count = 0};
	struct buf events = {0};
	(void)state;
	close(maildir_open_root(b->maildir, &b->err));
	int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	assert_true(watch >= 0);
	assert_true(
		inotify_add_watch(watch, box_path(b, "Maildir/new"), IN_CREATE | IN_MOVED_TO) >= 0);
	fork_all(b, PROCESSES, deliver_each);
	wait_all(PROCESSES);
	for (ssize_t n = 1; n > 0; events.n += n > 0 ? (size_t)n : 0)
		n = read(watch, buf_grow(&events, 65536), 65536);
	close(watch);
	o.names = events.p;
	o.length = events.n;
	box_assert(b, NULL, PROCESSES * EACH, 0);
	struct uiddb *db = uiddb_open(b->state, true, &b->err);
	assert_non_null(db);
	assert_int_equal(uiddb_read(db, check_order, &o, &b->err), 0);
	uiddb_close(db);
	assert_int_equal(o.count, PROCESSES * EACH);
	assert_int_equal(o.folder.uidnext, PROCESSES * EACH + 1);
	buf_free(&events);
	box_free(b);
}

static void deliver_same(struct box *b, int number)
{
	struct job j = {.text = text, .folders = {"", "A"}, .unique = true};
	(void)number;
	if (box_deliver(b, &j) < 0) {
		fprintf(stderr, "# %s\n", b->err.text);
		_exit(1);
	}
}

static void deliver_equal(struct box *b, int number)
{
	struct job j = {.text = text, .folders = {"", "A"}, .unique = false};
	(void)number;
	if (box_deliver(b, &j) < 0) {
		fprintf(stderr, "# %s\n", b->err.text);
		_exit(1);
	}
}

/* An MTA that lost patience starts a second attempt while the first still runs. */
static void test_same(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		struct box *b = box_new();
		fork_all(b, PROCESSES, deliver_same);
		wait_all(PROCESSES);
		box_assert(b, text, 2, 0);
		assert_int_equal(uids_with_file(b), 2);
		box_free(b);
	}
}

/* Equal bytes without the MTA's trace are as many messages as there are deliveries. */
static void test_equal(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		struct box *b = box_new();
		fork_all(b, PROCESSES, deliver_equal);
		wait_all(PROCESSES);
		box_count(b, text);
		assert_int_equal(box_tally.visible, 2 * PROCESSES);
		assert_int_equal(uids_with_file(b), 2 * PROCESSES);
		box_free(b);
	}
}

/* Killed anywhere, with no help of a tracer, while others deliver. */
static void test_killed_among_others(void **state)
{
	struct box *b = box_new();
	(void)state;
	srand(1);
	for (int i = 0; i < 100; i++) {
		const char *own = arena_fmt(b->mem, "message %d\n", i).p;
		struct job j = {.text = own, .folders = {""}, .unique = true};
		pid_t child = fork();
		if (child == 0)
			child_deliver(b, &j, false);
		usleep((useconds_t)(rand() % 4000));
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, NULL, 0), child);
		if (box_deliver(b, &j) < 0)
			fail_msg("%s", b->err.text);
		box_count(b, NULL);
		assert_int_equal(box_tally.visible, i + 1);
	}
	assert_int_equal(uids_with_file(b), 100);
	box_free(b);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_crash, crashes),
		TABLE_OF_ONE(test_order, "8 processes: UIDs ascend in order of appearance"),
		TABLE_OF_ONE(test_same, "8 attempts at one delivery at once: one copy"),
		TABLE_OF_ONE(test_equal, "8 equal messages at once: 8 copies"),
		TABLE_OF_ONE(test_killed_among_others, "killed at random times"),
	};
	/* Thousands of deliveries; what is synced plays no part here, so memory does. */
	if (access("/dev/shm", W_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 0);
	return table_run("store under accidents", tables, sizeof tables / sizeof *tables);
}
