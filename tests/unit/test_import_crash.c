/*
 * mda-import may be interrupted at any time: it is killed at each of its system calls, or one of
 * them fails, and then it is run again. Each message is there once in the end, the UIDs are in the
 * order of arrival, and no UID ever means two messages.
 */
#include "tests/lib/tracer.h"
#include "tests/unit/test_import_box.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { STEP = 2 };

/* The calls that write, and of these those that move a name. */
static const long failing[] = {SYS_renameat2, SYS_unlinkat, SYS_linkat, SYS_rename, SYS_write,
	SYS_pwrite64, SYS_writev, SYS_fsync, SYS_fdatasync, SYS_syncfs, SYS_utimensat, SYS_openat2,
	SYS_mkdirat};
enum { MOVING = 4 };

static bool may_fail(const struct scene *scene, const struct tracer_call *call)
{
	size_t n = scene->pretended ? MOVING : sizeof failing / sizeof *failing;
	for (size_t i = 0; i < n; i++)
		if (failing[i] == call->call)
			return true;
	return scene->error == 0;
}

static enum tracer_wish look(void *context, const struct tracer_call *call)
{
	struct run *c = context;
	if (!call->entry || !may_fail(c->scene, call) || !crash_is_here(&c->point))
		return TRACER_GO_ON;
	if (c->scene->error == 0)
		return TRACER_KILL;
	(c->scene->pretended ? tracer_pretend : tracer_fail)(call, c->scene->error);
	return TRACER_GO_ON;
}

static bool kill_at(struct box *b, const struct scene *scene, size_t n)
{
	struct run c = {.box = b, .scene = scene, .point = {.at = n}};
	int status = tracer_run(run_import, &c, look, &c);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return true;
	assert_true(WIFEXITED(status));
	bool failed = WEXITSTATUS(status) == 75 && scene->error;
	assert_true(WEXITSTATUS(status) == 0 || failed);
	return c.point.seen >= n;
}

/* With N 0 it is not stopped. */
static bool crash_once(const void *context, size_t n)
{
	const struct scene *scene = context;
	struct history h;
	struct box *b = make_box(scene, &h);
	const char *when = arena_fmt(b->mem, "stop %zu", n).p;
	bool killed = n > 0 && kill_at(b, scene, n);
	remember(b, &h, when);
	run_whole(b, scene, when);
	assert_all(b, scene, &h, when);
	assert_counted(b, scene, when);
	/* And once more: then nothing is left to do. */
	run_whole(b, scene, when);
	assert_all(b, scene, &h, when);
	box_free(b);
	return killed;
}

/* ---- the scenes ---- */

static const struct scene scenes[] = {
	{"alone", STORE_SERVER_NONE, {0}, 0, false},
	{"with Dovecot", STORE_SERVER_DOVECOT, {0}, 0, false},
	{"with Courier", STORE_SERVER_COURIER, {0}, 0, false},
	{"calls fail", STORE_SERVER_DOVECOT, {0}, EIO, false},
	{"the disk is full", STORE_SERVER_NONE, {0}, ENOSPC, false},
	{"calls seem to fail", STORE_SERVER_DOVECOT, {0}, EIO, true},
	{"with a quota", STORE_SERVER_DOVECOT, {.source = QUOTA_SET, .limits = {100000, 100}}, 0,
		false},
};

static void test_killed(void **state)
{
	const struct scene *scene = *state;
	const struct crash_sweep sweep = {scene->name, crash_once, scene, STEP,
		scene->pretended ? 4
		: scene->error   ? 30
				 : 100};
	crash_everywhere(&sweep);
}

/* ---- a quota that has room for some of them ---- */

static void test_full(void **state)
{
	const struct scene scene = {
		"", STORE_SERVER_NONE, {.source = QUOTA_SET, .limits = {.messages = 4}}, 0, false};
	struct history h;
	struct box *b = make_box(&scene, &h);
	struct run c = {.box = b, .scene = &scene};
	struct place places[MESSAGES];
	(void)state;
	assert_int_equal(crash_run(run_import, &c), 75);
	/* One was there, so three more have room: those that arrived first. */
	find_places(b, places);
	for (size_t i = 0; i < MESSAGES; i++)
		assert_int_equal(places[i].copies, i < MESSAGES - 1);
	assert_int_equal(uids_with_file(b), MESSAGES - 1);
	box_count(b, NULL);
	assert_int_equal(box_tally.tmp, 0);
	box_free(b);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_killed, scenes), TABLE_OF_ONE(test_full, "a quota")};
	setenv("TZ", "UTC", 1);
	return table_run("import_crash", tables, sizeof tables / sizeof *tables);
}
