/*
 * A delivery is killed at each of its system calls; then a reader moves or deletes what they see,
 * and the MTA tries again. Until the delivery is finished, nothing of it is stored a second time.
 * After that, until the MTA learns of the end, a retry stores again what a reader has removed: the
 * system calls of that moment are counted.
 */
#include "tests/lib/tracer.h"
#include "tests/lib/workers.h"
#include "tests/unit/test_store_audit.h"
#include "tests/unit/test_store_scenes.h"

#include <signal.h>

/* ---- the reader ---- */

static const char elsewhere[] = "Maildir/.Elsewhere/new";
static size_t taken;
static const char *box_of_backup;

/* Under a name of its own, as an IMAP server gives it. */
static const char *new_name(struct box *b)
{
	return arena_fmt(b->mem, "%s/%s/filed%zu", b->dir, elsewhere, ++taken).p;
}

static void rename_it(struct box *b, const char *path)
{
	assert_int_equal(rename(path, new_name(b)), 0);
}

static void link_and_delete(struct box *b, const char *path)
{
	assert_int_equal(link(path, new_name(b)), 0);
	assert_int_equal(unlink(path), 0);
}

static void copy_and_delete(struct box *b, const char *path)
{
	struct str text;
	assert_int_equal(io_read_file(path, 1 << 20, b->mem, &text, &b->err), 1);
	assert_int_equal(io_replace_file(new_name(b), text, 0600, &b->err), 0);
	assert_int_equal(unlink(path), 0);
}

/* By hard links, as "cp -al" makes it, and outside the Maildir. */
static int back_up(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	char to[PATH_MAX];
	(void)st;
	(void)ftw;
	snprintf(to, sizeof to, "%s/../backup.%zu", box_of_backup, ++taken);
	return type == FTW_F ? link(path, to) : 0;
}

static void leave_it(struct box *b, const char *path)
{
	(void)b;
	(void)path;
}

struct reader {
	struct box *box;
	void (*take)(struct box *b, const char *path);
	const char *paths[8];
	size_t count;
};

static void note_files(struct reader *r, const char *directory)
{
	const struct dirent *entry;
	DIR *dir = opendir(directory);
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && r->count < 8)
			r->paths[r->count++] =
				arena_fmt(r->box->mem, "%s/%s", directory, entry->d_name).p;
	if (dir)
		closedir(dir);
}

/* Of FOLDERS; how many messages they took. */
static size_t act(struct reader *r, const char *const *folders)
{
	struct box *b = r->box;
	r->count = 0;
	for (size_t i = 0; i < 4 && folders[i]; i++) {
		const char *base = arena_fmt(
			b->mem, "%s/%s%s", b->maildir, folders[i][0] ? "." : "", folders[i])
					   .p;
		note_files(r, arena_fmt(b->mem, "%s/new", base).p);
		note_files(r, arena_fmt(b->mem, "%s/cur", base).p);
	}
	for (size_t i = 0; i < r->count; i++)
		r->take(b, r->paths[i]);
	return r->count;
}

/* ---- the delivery ---- */

/* ---- the sweep ---- */

static const struct take_row {
	const char *name;
	void (*take)(struct box *b, const char *path);
	bool is_backed_up;
} take_rows[] = {
	{"renamed", rename_it, false},
	{"linked elsewhere and deleted", link_and_delete, false},
	{"copied and deleted", copy_and_delete, false},
	{"backed up", leave_it, true},
	{"backed up, copied and deleted", copy_and_delete, true},
};

static const struct scene sweeps[] = {
	{.name = "three folders",
		.job = {.text = scene_text, .folders = {"", "A", "B"}, .unique = true}},
	{.name = "two folders, and something is sent",
		.job = {.text = scene_text, .folders = {"", "A"}, .unique = true, .sends = true}},
	{.name = "two folders, something is sent, with Dovecot",
		.job = {.text = scene_text,
			.folders = {"", "A"},
			.unique = true,
			.sends = true,
			.server = STORE_SERVER_DOVECOT}},
	{.name = "two folders, something is sent, not unique",
		.job = {.text = scene_text, .folders = {"", "A"}, .sends = true}},
	{.name = "a retry, with Dovecot",
		.job = {.text = scene_text,
			.folders = {"", "A"},
			.unique = true,
			.sends = true,
			.server = STORE_SERVER_DOVECOT},
		.died = true},
};

struct sweep {
	const struct scene *scene;
	const struct take_row *taking;
	size_t first_shown,
		fine; /* the stops from which on something is seen, and the step there */
	size_t tried, taken, after_end;
};

/* All is shown, and of the names in tmp/ that say so the first one is gone. */
static bool is_finished(struct box *b, const struct job *job)
{
	box_count(b, scene_text);
	return box_tally.visible == job_folders(job) && box_tally.tmp < job_folders(job);
}

static bool sweep_once(struct sweep *s, size_t n)
{
	const struct job *job = &s->scene->job;
	struct knowledge before;
	struct box *b = scene_box(s->scene, &before);
	const char *folder = box_path(b, "Maildir/.Elsewhere"), *path = box_path(b, elsewhere);
	bool killed = scene_kill_at(b, job, n);
	assert_true(mkdir(b->maildir, 0700) == 0 || errno == EEXIST);
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	bool finished = is_finished(b, job) || audit_ended(b, job, job_folders(job));
	struct reader reader = {.box = b, .take = s->taking->take};
	struct job again = *job;
	box_of_backup = b->maildir;
	if (s->taking->is_backed_up)
		assert_int_equal(nftw(b->maildir, back_up, 16, FTW_PHYS), 0);
	size_t count = killed && !finished ? act(&reader, job->folders) : 0;
	if (killed && box_deliver(b, &again) < 0)
		fail_msg("stop %zu: %s", n, b->err.text);
	box_count(b, scene_text);
	size_t wanted = job_folders(job) * (finished && killed && !job->unique ? 2 : 1);
	if (box_tally.visible != wanted)
		fail_msg("stop %zu: %zu messages, not %zu", n, box_tally.visible, wanted);
	__atomic_add_fetch(&s->taken, count, __ATOMIC_RELAXED);
	__atomic_add_fetch(&s->after_end, killed && finished, __ATOMIC_RELAXED);
	box_free(b);
	return killed;
}

/*
 * Every seventh stop, or as STEP says: each call is a dozen of them, with the walk to its
 * directory.
 */
static size_t step_of(void)
{
	const char *wanted = getenv("STEP");
	return (wanted ? (size_t)atoi(wanted) : 7) * workers_step(5, 1);
}

struct show {
	struct scene_attempt attempt;
	bool enters;
	size_t first; /* the stop after the first call that shows a message */
};

static enum tracer_wish note_first(void *context, const struct tracer_call *call)
{
	struct show *w = context;
	w->attempt.stops++;
	if (!call->entry && w->enters && w->first == 0)
		w->first = w->attempt.stops;
	w->enters = call->entry && scene_shows(call);
	return TRACER_GO_ON;
}

/*
 * The stops at which a reader sees something: at least two dozen of them are tried, however few
 * calls a delivery takes.
 */
static void find_shown(struct sweep *s)
{
	enum { TRIED_WHEN_SHOWN = 24 };
	struct knowledge before;
	struct box *b = scene_box(s->scene, &before);
	struct show w = {.attempt = {.box = b, .job = s->scene->job}};
	int status = tracer_run(scene_attempt_run, &w.attempt, note_first, &w);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_true(w.first > 0 || s->scene->died);
	size_t shown = w.attempt.stops - w.first;
	s->first_shown = w.first;
	s->fine = shown / TRIED_WHEN_SHOWN < step_of() ? shown / TRIED_WHEN_SHOWN : step_of();
	if (s->fine == 0)
		s->fine = 1;
	box_free(b);
}

static void sweep_share(void *context, size_t number, size_t count)
{
	struct sweep *s = context;
	for (size_t n = 1 + number; n < s->first_shown && sweep_once(s, n); n += count * step_of())
		__atomic_add_fetch(&s->tried, 1, __ATOMIC_RELAXED);
	for (size_t n = s->first_shown + number; sweep_once(s, n); n += count * s->fine)
		__atomic_add_fetch(&s->tried, 1, __ATOMIC_RELAXED);
}

static void test_sweep(const struct scene *scene, const struct take_row *taking)
{
	if (!tracer_works())
		skip();
	if (workers_in_valgrind()) {
		scene_play(scene);
		return;
	}
	struct sweep *s = workers_share(sizeof *s);
	*s = (struct sweep){.scene = scene, .taking = taking};
	find_shown(s);
	size_t failed = workers_run(sweep_share, s);
	struct sweep now = *s;
	workers_unshare(s, sizeof *s);
	print_message("# %s, %s: %zu kills, %zu messages taken, %zu kills after the end\n",
		scene->name, taking->name, now.tried, now.taken, now.after_end);
	assert_int_equal(failed, 0);
	assert_true(now.taken >= 6);
}

static void test_renamed(void **state)
{
	test_sweep(*state, &take_rows[0]);
}

static void test_linked(void **state)
{
	test_sweep(*state, &take_rows[1]);
}

static void test_copied(void **state)
{
	test_sweep(*state, &take_rows[2]);
}

static void test_backed_up(void **state)
{
	test_sweep(*state, &take_rows[3]);
}

static void test_backed_up_and_copied(void **state)
{
	test_sweep(*state, &take_rows[4]);
}

/* ---- a lock that another host broke ---- */

static const char lock_path[] = "Maildir/dovecot-uidlist.lock",
		  list_path[] = "Maildir/dovecot-uidlist";

/*
 * As soon as the lock is made, another process takes it over: this delivery stood still for two
 * minutes.
 */
static enum tracer_wish break_lock(void *context, const struct tracer_call *call)
{
	struct scene_attempt *a = context;
	if (call->entry || a->stops || !box_has(a->box, lock_path))
		return TRACER_GO_ON;
	a->stops = call->number;
	assert_int_equal(unlink(box_path(a->box, lock_path)), 0);
	box_write(a->box, lock_path, "1:elsewhere");
	return TRACER_GO_ON;
}

static const struct lost_lock {
	const char *name;
	bool replaces; /* the server's file must be rewritten */
} lost_locks[] = {{"the lock is lost before a record is appended", false},
	{"the lock is lost before the file is replaced", true}};

static void test_lost_lock(void **state)
{
	const struct lost_lock *row = *state;
	struct box *b = box_new();
	struct job first = {
		.text = "Subject: first\n\n", .folders = {""}, .server = STORE_SERVER_DOVECOT};
	struct scene_attempt a = {.box = b,
		.job = {.text = scene_text,
			.folders = {""},
			.unique = true,
			.server = STORE_SERVER_DOVECOT}};
	struct str before, now;
	if (!tracer_works() || workers_in_valgrind())
		skip();
	assert_int_equal(box_deliver(b, &first), 0);
	if (row->replaces)
		scene_tear_server(b);
	assert_int_equal(
		io_read_file(box_path(b, list_path), 1 << 20, b->mem, &before, &b->err), 1);
	int status = tracer_run(scene_attempt_run, &a, break_lock, &a);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	assert_true(a.stops > 0);
	assert_int_equal(io_read_file(box_path(b, list_path), 1 << 20, b->mem, &now, &b->err), 1);
	assert_true(str_eq(before, now));
	assert_true(box_has(b, lock_path)); /* it is not ours to remove */
	box_assert(b, NULL, 1, 0);
	assert_int_equal(unlink(box_path(b, lock_path)), 0);
	assert_int_equal(box_deliver(b, &a.job), 0);
	box_assert(b, NULL, 2, 0);
	assert_int_equal(uids_with_file(b), 2);
	box_free(b);
}

int main(void)
{
	const struct table locks[] = {TABLE(test_lost_lock, lost_locks)};
	const struct table renamed[] = {TABLE(test_renamed, sweeps)};
	const struct table linked[] = {TABLE(test_linked, sweeps)};
	const struct table copied[] = {TABLE(test_copied, sweeps)};
	const struct table backed_up[] = {TABLE(test_backed_up, sweeps)};
	const struct table both[] = {TABLE(test_backed_up_and_copied, sweeps)};
	if (access("/dev/shm", W_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 0);
	return table_run("a lock is lost", locks, 1) + table_run("a reader renames", renamed, 1) +
	       table_run("a reader links and deletes", linked, 1) +
	       table_run("a reader copies and deletes", copied, 1) +
	       table_run("a backup by hard links", backed_up, 1) +
	       table_run("a backup by hard links, a reader copies and deletes", both, 1);
}
