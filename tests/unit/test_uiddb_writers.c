/*
 * Two processes that write to the database one right after the other. The file of the one that is
 * writing must not be taken for a file that was restored from a backup: each such mistake makes a
 * gap in the UIDs.
 */
#include "tests/lib/tracer.h"
#include "tests/lib/workers.h"
#include "tests/unit/test_store.h"

#include <sys/syscall.h>
#include <sys/wait.h>

static int give(struct uiddb *db, void *context, struct err *err)
{
	struct uiddb_folder folder;
	uint32_t uid;
	if (uiddb_note_file(db, err) < 0 || uiddb_make_folder(db, STR_LIT(""), &folder, err) < 0)
		return -1;
	return uiddb_give_uid(db, STR_LIT(""), &folder, str_of(context), &uid, err);
}

static int give_nothing(struct uiddb *db, void *context, struct err *err)
{
	(void)db;
	(void)context;
	(void)err;
	return 0;
}

struct writer {
	struct box *b;
	uiddb_work *work;
	char *base;
};

static int write_once(void *context)
{
	struct writer *w = context;
	struct uiddb *db = uiddb_open(w->b->state, false, &w->b->err);
	int r = db ? uiddb_write(db, w->work, w->base, &w->b->err) : -1;
	uiddb_close(db);
	return r < 0;
}

static struct box *new_database(void)
{
	struct box *b = box_new();
	struct writer w = {b, give, (char[]){"zero"}};
	assert_int_equal(mkdir(b->state, 0700), 0);
	assert_int_equal(write_once(&w), 0);
	return b;
}

static int ask(struct uiddb *db, void *context, struct err *err)
{
	*(int *)context = uiddb_is_copy(db, err);
	return 0;
}

/* As every delivery asks when it opens the mailbox. */
static int seems_restored(struct box *b)
{
	int is_copy = -1;
	struct uiddb *db = uiddb_open(b->state, false, &b->err);
	assert_non_null(db);
	assert_int_equal(uiddb_read(db, ask, &is_copy, &b->err), 0);
	uiddb_close(db);
	return is_copy;
}

/* ---- the second writer ---- */

enum { WAITS = 'w', FLUSHED = 'f' };

struct second {
	struct writer writer;
	int says, hears; /* the parent's ends of two pipes */
	int said, go_on; /* its own ones */
	pid_t pid;
};

static void say(const struct second *s, char what)
{
	if (write(s->said, &what, 1) != 1)
		_exit(1);
}

/* Its pages are in the file, and its transaction is not committed yet: there it stays. */
static enum tracer_wish stop_before_sync(void *context, const struct tracer_call *call)
{
	struct second *s = context;
	char byte;
	if (!call->entry)
		return TRACER_GO_ON;
	if (call->call == SYS_fcntl &&
		(call->arguments[1] == F_OFD_SETLKW || call->arguments[1] == F_OFD_SETLK))
		say(s, WAITS);
	if (call->call == SYS_fdatasync) {
		say(s, FLUSHED);
		if (read(s->go_on, &byte, 1) != 1)
			_exit(1);
	}
	return TRACER_GO_ON;
}

static void start_second(struct second *s)
{
	int saying[2], hearing[2];
	assert_int_equal(pipe2(saying, O_CLOEXEC), 0);
	assert_int_equal(pipe2(hearing, O_CLOEXEC), 0);
	s->says = saying[0];
	s->said = saying[1];
	s->go_on = hearing[0];
	s->hears = hearing[1];
	s->pid = fork();
	assert_true(s->pid >= 0);
	if (s->pid == 0) {
		close(s->says);
		close(s->hears);
		_exit(tracer_run(write_once, &s->writer, stop_before_sync, s) != 0);
	}
	close(s->said);
	close(s->go_on);
}

static char hear(const struct second *s)
{
	char what = 0;
	assert_int_equal(read(s->says, &what, 1), 1);
	return what;
}

static void end_second(struct second *s)
{
	int status;
	assert_int_equal(write(s->hears, "g", 1), 1);
	assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
	assert_int_equal(status, 0);
	close(s->says);
	close(s->hears);
}

/* ---- the first one ---- */

struct first {
	size_t notes;
	struct second second;
	char heard;
};

static bool writes_note(const struct tracer_call *call)
{
	char link[64], path[256];
	if (!call->entry || call->call != SYS_pwrite64)
		return false;
	snprintf(link, sizeof link, "/proc/%ld/fd/%d", (long)call->pid, (int)call->arguments[0]);
	ssize_t n = readlink(link, path, sizeof path - 1);
	path[n > 0 ? n : 0] = '\0';
	const char *slash = strrchr(path, '/');
	return slash && strcmp(slash, "/data.mdb.seen") == 0;
}

/*
 * Its first note says that it writes. Before the other one, which says what the file is like, its
 * transaction has ended, and another process comes: as far as it gets.
 */
static enum tracer_wish let_second_in(void *context, const struct tracer_call *call)
{
	struct first *f = context;
	if (writes_note(call) && ++f->notes == 2) {
		start_second(&f->second);
		f->heard = hear(&f->second);
	}
	return TRACER_GO_ON;
}

/*
 * A change that none of our programs makes. The clock of the file system may stand still for a
 * moment.
 */
static void touch_database(struct box *b)
{
	const char *path = box_path(b, ".Maildir.mda/data.mdb");
	struct stat before, now;
	assert_int_equal(stat(path, &before), 0);
	do {
		assert_int_equal(chmod(path, before.st_mode & 07777), 0);
		assert_int_equal(stat(path, &now), 0);
	} while (now.st_ctim.tv_sec == before.st_ctim.tv_sec &&
		 now.st_ctim.tv_nsec == before.st_ctim.tv_nsec);
}

static const struct pair {
	const char *name;
	uiddb_work *first;
} pairs[] = {
	{"the first one's note comes late", give},
	{"the first one changed nothing", give_nothing},
};

static void test_pair(void **state)
{
	const struct pair *row = *state;
	if (!tracer_works() || workers_in_valgrind()) {
		print_message("# nothing can be traced here\n");
		skip();
	}
	struct box *b = new_database();
	struct writer w = {b, row->first, (char[]){"one"}};
	struct first f = {.second = {.writer = {b, give, (char[]){"two"}}}};
	assert_int_equal(tracer_run(write_once, &w, let_second_in, &f), 0);
	assert_int_equal(f.notes, 2);
	while (f.heard != FLUSHED)
		f.heard = hear(&f.second);
	assert_int_equal(seems_restored(b), 0);
	end_second(&f.second);
	assert_int_equal(seems_restored(b), 0);
	touch_database(b);
	assert_int_equal(seems_restored(b), 1);
	box_free(b);
}

int main(void)
{
	const struct table tables[] = {TABLE(test_pair, pairs)};
	return table_run("uiddb, writers", tables, sizeof tables / sizeof *tables);
}
