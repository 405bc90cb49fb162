/*
 * The deliveries that are killed, that fail and that lose power: one table for all of these tests.
 */
#ifndef TESTS_UNIT_TEST_STORE_SCENES_H
#define TESTS_UNIT_TEST_STORE_SCENES_H

#include "store/folder.h"
#include "tests/lib/tracer.h"
#include "tests/unit/test_store_audit.h"

#include <sys/syscall.h>
#include <sys/wait.h>

/* Of several sectors. */
#define SCENE_LINE                                                                                 \
	"Up to a hundred bytes stand in each of these lines, which are there to be torn in "       \
	"between.\n"
#define SCENE_LINES SCENE_LINE SCENE_LINE SCENE_LINE SCENE_LINE SCENE_LINE
static const char scene_text[] = "Subject: x\n\n" SCENE_LINES SCENE_LINES SCENE_LINES;

struct scene {
	const char *name;
	struct job job; /* of scene_text */
	enum folder_layout layout;
	size_t before; /* messages that are in the INBOX already, delivered in the same way */
	void (*prepare)(struct box *b); /* after them; NULL: nothing else happened */
	bool restores;  /* the database was lost, and only the delivery brings its UIDs back */
	bool renumbers; /* and nobody knows them any more */
	bool ended;     /* it has been done, but the MTA did not see that: this is the retry */
	bool died;      /* an attempt died when its first file was shown: this is the retry */
};

/* As after a time without a server. */
static inline void scene_lose_server(struct box *b)
{
	assert_int_equal(unlink(box_path(b, "Maildir/dovecot-uidlist")), 0);
}

static inline void scene_tear_server(struct box *b)
{
	FILE *f = fopen(box_path(b, "Maildir/dovecot-uidlist"), "a");
	assert_non_null(f);
	assert_true(fputs("77 :to", f) > 0);
	assert_int_equal(fclose(f), 0);
}

static inline void scene_lose_database(struct box *b)
{
	assert_int_equal(unlink(box_path(b, ".Maildir.mda/data.mdb")), 0);
}

static inline void scene_spoil_database(struct box *b)
{
	static const char noise[8192] = "noise";
	FILE *f = fopen(box_path(b, ".Maildir.mda/data.mdb"), "r+");
	assert_non_null(f);
	assert_int_equal(fwrite(noise, 1, sizeof noise, f), sizeof noise);
	assert_int_equal(fclose(f), 0);
}

static inline void scene_cut_database(struct box *b)
{
	assert_int_equal(truncate(box_path(b, ".Maildir.mda/data.mdb"), 3 * 4096), 0);
}

static inline void scene_lose_backup(struct box *b)
{
	assert_int_equal(unlink(box_path(b, "Maildir/mda-uids")), 0);
}

static inline void scene_tear_backup(struct box *b)
{
	FILE *f = fopen(box_path(b, "Maildir/mda-uids"), "a");
	assert_non_null(f);
	assert_true(fputs("77 :to", f) > 0);
	assert_int_equal(fclose(f), 0);
}

static inline void scene_lose_both(struct box *b)
{
	scene_lose_database(b);
	scene_lose_backup(b);
}

struct scene_death {
	struct box *box;
	struct job job;
	bool shown;
};

static inline int scene_die(void *context)
{
	struct scene_death *d = context;
	return box_deliver(d->box, &d->job);
}

/* Does the call give a file a name in the directory new or cur? */
static inline bool scene_shows(const struct tracer_call *call)
{
	char fd[64], to[PATH_MAX];
	if (call->call != SYS_linkat && call->call != SYS_renameat2)
		return false;
	snprintf(fd, sizeof fd, "/proc/%ld/fd/%d", (long)call->pid, (int)call->arguments[2]);
	ssize_t n = readlink(fd, to, sizeof to);
	return n > 4 && (memcmp(to + n - 4, "/new", 4) == 0 || memcmp(to + n - 4, "/cur", 4) == 0);
}

static inline enum tracer_wish scene_look(void *context, const struct tracer_call *call)
{
	struct scene_death *d = context;
	if (call->entry)
		d->shown = scene_shows(call);
	return !call->entry && d->shown ? TRACER_KILL : TRACER_GO_ON;
}

static const struct scene scenes[] = {
	{.name = "the first message of a mailbox",
		.job = {.text = scene_text, .folders = {""}, .unique = true}},
	{.name = "three folders",
		.job = {.text = scene_text, .folders = {"", "A", "B"}, .unique = true},
		.before = 1},
	{.name = "with flags",
		.job = {.text = scene_text, .folders = {"A"}, .unique = true, .flags = 1},
		.before = 1},
	{.name = "not unique", .job = {.text = scene_text, .folders = {"", "A"}}, .before = 1},
	{.name = "with Dovecot",
		.job = {.text = scene_text,
			.folders = {"", "A"},
			.unique = true,
			.server = STORE_SERVER_DOVECOT},
		.before = 2},
	{.name = "with a quota",
		.job = {.text = scene_text,
			.folders = {"", "A"},
			.unique = true,
			.quota = {QUOTA_SET, {1 << 20, 100}, false}},
		.before = 2},
	{.name = "with a keyword, with Dovecot",
		.job = {.text = scene_text,
			.folders = {"A"},
			.unique = true,
			.flags = 1,
			.keyword = "$External",
			.server = STORE_SERVER_DOVECOT},
		.before = 1},
	{.name = "with Dovecot, not unique",
		.job = {.text = scene_text, .folders = {"", "A"}, .server = STORE_SERVER_DOVECOT},
		.before = 1},
	{.name = "Dovecot's file lost",
		.job = {.text = scene_text,
			.folders = {"", "A"},
			.unique = true,
			.server = STORE_SERVER_DOVECOT},
		.before = 2,
		.prepare = scene_lose_server},
	{.name = "Dovecot's file torn",
		.job = {.text = scene_text,
			.folders = {""},
			.unique = true,
			.server = STORE_SERVER_DOVECOT},
		.before = 2,
		.prepare = scene_tear_server},
	{.name = "nested folders",
		.job = {.text = scene_text, .folders = {"", "A/B/C", "A"}, .unique = true},
		.layout = FOLDER_NESTED,
		.before = 1},
	{.name = "nested folders with Dovecot, a retry",
		.job = {.text = scene_text,
			.folders = {"A/B", "A"},
			.unique = true,
			.server = STORE_SERVER_DOVECOT},
		.layout = FOLDER_NESTED,
		.before = 1,
		.died = true},
	{.name = "with Courier",
		.job = {.text = scene_text,
			.folders = {"A"},
			.unique = true,
			.server = STORE_SERVER_COURIER},
		.before = 1},
	{.name = "with another host",
		.job = {.text = scene_text, .folders = {"", "A"}, .unique = true, .shared = true},
		.before = 2},
	{.name = "with another host, mda-uids lost",
		.job = {.text = scene_text, .folders = {"", "A"}, .shared = true},
		.before = 2,
		.prepare = scene_lose_backup},
	{.name = "with another host, mda-uids torn",
		.job = {.text = scene_text, .folders = {""}, .unique = true, .shared = true},
		.before = 2,
		.prepare = scene_tear_backup},
	{.name = "with another host, the database lost",
		.job = {.text = scene_text, .folders = {"", "A"}, .unique = true, .shared = true},
		.before = 2,
		.prepare = scene_lose_database,
		.restores = true},
	{.name = "with another host, a retry",
		.job = {.text = scene_text, .folders = {"", "A"}, .unique = true, .shared = true},
		.before = 1,
		.died = true},
	{.name = "a retry",
		.job = {.text = scene_text, .folders = {"", "A"}, .unique = true},
		.before = 1,
		.died = true},
	{.name = "a retry of what is done",
		.job = {.text = scene_text, .folders = {"", "A"}, .unique = true},
		.before = 1,
		.ended = true},
	{.name = "a retry of what is done, with Dovecot",
		.job = {.text = scene_text,
			.folders = {"", "A"},
			.unique = true,
			.server = STORE_SERVER_DOVECOT},
		.before = 1,
		.ended = true},
	{.name = "a retry, not unique",
		.job = {.text = scene_text, .folders = {"", "A"}},
		.before = 1,
		.died = true},
	{.name = "a retry with Dovecot",
		.job = {.text = scene_text,
			.folders = {"", "A"},
			.unique = true,
			.server = STORE_SERVER_DOVECOT},
		.before = 1,
		.died = true},
	{.name = "a retry with Courier, not unique",
		.job = {.text = scene_text, .folders = {"", "A"}, .server = STORE_SERVER_COURIER},
		.before = 1,
		.died = true},
	{.name = "the database lost",
		.job = {.text = scene_text, .folders = {"", "A"}, .unique = true},
		.before = 2,
		.prepare = scene_lose_database,
		.restores = true},
	{.name = "the database lost, not unique",
		.job = {.text = scene_text, .folders = {"", "A"}},
		.before = 2,
		.prepare = scene_lose_database,
		.restores = true},
	{.name = "the database lost, with Dovecot",
		.job = {.text = scene_text,
			.folders = {"", "A"},
			.unique = true,
			.server = STORE_SERVER_DOVECOT},
		.before = 2,
		.prepare = scene_lose_database,
		.restores = true},
	{.name = "the database and the backup lost, with Dovecot",
		.job = {.text = scene_text,
			.folders = {"", "A"},
			.unique = true,
			.server = STORE_SERVER_DOVECOT},
		.before = 2,
		.prepare = scene_lose_both,
		.restores = true},
	{.name = "the database lost, with Courier",
		.job = {.text = scene_text,
			.folders = {"", "A"},
			.unique = true,
			.server = STORE_SERVER_COURIER},
		.before = 2,
		.prepare = scene_lose_database,
		.restores = true},
	{.name = "the database and the backup lost",
		.job = {.text = scene_text, .folders = {"", "A"}, .unique = true},
		.before = 2,
		.prepare = scene_lose_both,
		.restores = true,
		.renumbers = true},
	{.name = "the backup lost",
		.job = {.text = scene_text, .folders = {"", "A"}, .unique = true},
		.before = 2,
		.prepare = scene_lose_backup},
	{.name = "the backup torn",
		.job = {.text = scene_text, .folders = {"", "A"}, .unique = true},
		.before = 2,
		.prepare = scene_tear_backup},
};

/* The mailbox before the delivery and its attempts, and what is in it. */
static inline struct box *scene_ready(const struct scene *scene, struct knowledge *before)
{
	const struct folder_rules rules = {.layout = scene->layout};
	struct box *b = box_new();
	folder_declare(&rules);
	audit_seconds_behind = 1000;
	for (size_t i = 0; i < scene->before; i++) {
		struct job other = {.text = scene_text,
			.id = i ? "one before" : "another before",
			.folders = {""},
			.unique = true,
			.server = scene->job.server,
			.shared = scene->job.shared};
		assert_int_equal(box_deliver(b, &other), 0);
	}
	audit_seconds_behind = 0;
	assert_true(learn(b, before));
	assert_int_equal(before->count, scene->before);
	if (scene->renumbers)
		before->count = 0;
	if (scene->prepare)
		scene->prepare(b);
	return b;
}

/* How many messages it has when all is done. */
static inline size_t scene_whole(const struct scene *scene)
{
	return scene->before + job_folders(&scene->job);
}

/* The mailbox before the attempt that counts. */
static inline struct box *scene_box(const struct scene *scene, struct knowledge *before)
{
	struct box *b = scene_ready(scene, before);
	struct job job = scene->job;
	struct scene_death death = {.box = b, .job = scene->job};
	if (scene->ended)
		assert_int_equal(box_deliver(b, &job), 0);
	if (scene->died)
		assert_true(WIFSIGNALED(tracer_run(scene_die, &death, scene_look, &death)));
	return b;
}

/* With nothing in its way: for who cannot trace. */
static inline void scene_play(const struct scene *scene)
{
	struct knowledge before;
	struct box *b = scene_box(scene, &before);
	struct job j = scene->job;
	size_t whole = scene_whole(scene);
	if (box_deliver(b, &j) < 0)
		fail_msg("%s", b->err.text);
	box_assert(b, scene_text, whole, 0);
	assert_int_equal(uids_with_file(b), whole);
	assert_known(b, &before, scene->name);
	box_free(b);
}

/* ---- a delivery that is killed ---- */

struct scene_attempt {
	struct box *box;
	struct job job;
	size_t stop; /* the stop at which it dies */
	size_t stops;
};

static inline int scene_attempt_run(void *context)
{
	struct scene_attempt *a = context;
	return box_deliver(a->box, &a->job) == 0 ? 0 : 1;
}

static inline enum tracer_wish scene_attempt_look(void *context, const struct tracer_call *call)
{
	struct scene_attempt *a = context;
	(void)call;
	return ++a->stops == a->stop ? TRACER_KILL : TRACER_GO_ON;
}

/* Runs a delivery that dies at its stop number N. False if it ended before. */
static inline bool scene_kill_at(struct box *b, const struct job *job, size_t n)
{
	struct scene_attempt a = {.box = b, .job = *job, .stop = n};
	int status = tracer_run(scene_attempt_run, &a, scene_attempt_look, &a);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return true;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	return false;
}

#endif
