/*
 * Exactly once: a delivery is killed at its first system call, its second, ... to the last, before and after each, and
 * then the same message comes again, as the MTA would send it.
 */
#include "tests/lib/tracer.h"
#include "tests/lib/workers.h"
#include "tests/unit/test_store_audit.h"

#include <signal.h>

static const char text[] = "Subject: x\n\nbody\n";

/* ---- the killer ---- */

struct attempt {
	struct box *box;
	struct job job;
	size_t stop; /* the one at which it dies */
	size_t stops;
};

static int attempt_run(void *context)
{
	struct attempt *a = context;
	return box_deliver(a->box, &a->job) == 0 ? 0 : 1;
}

static enum tracer_wish attempt_look(void *context, const struct tracer_call *call)
{
	struct attempt *a = context;
	(void)call;
	return ++a->stops == a->stop ? TRACER_KILL : TRACER_GO_ON;
}

/* Runs a delivery that dies at its stop number N; returns false when it came to its end before. */
static bool kill_at(struct box *b, const struct job *job, size_t n)
{
	struct attempt a = {.box = b, .job = *job, .stop = n};
	int status = tracer_run(attempt_run, &a, attempt_look, &a);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return true;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	return false;
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

static bool crash_once(const struct crash *row, size_t n)
{
	struct box *b = box_new();
	size_t copies = 1, whole = row->before + job_folders(&row->job);
	for (size_t i = 0; i < row->before; i++) {
		struct job other = {
			.text = text, .id = row->job.unique ? "other" : NULL, .folders = {""}};
		assert_int_equal(box_deliver(b, &other), 0);
	}
	bool killed = kill_at(b, &row->job, n);
	if (killed) {
		copies += audit_ended(b, &row->job, whole);
		if (row->twice && copies == 1) {
			kill_at(b, &row->job, n);
			copies += audit_ended(b, &row->job, whole);
		}
		struct job again = row->job;
		if (box_deliver(b, &again) < 0)
			fail_msg("stop %zu: %s", n, b->err.text);
	}
	box_count(b, text);
	size_t visible = whole + (copies - 1) * job_folders(&row->job);
	if (box_tally.visible != visible || box_tally.torn)
		fail_msg("stop %zu: %zu messages, not %zu; %zu torn", n, box_tally.visible, visible,
			box_tally.torn);
	/* What was written and not yet recorded is all that may be left. */
	if (box_tally.tmp > job_folders(&row->job) * (1 + row->twice))
		fail_msg("stop %zu: %zu files in tmp", n, box_tally.tmp);
	if (uids_with_file(b) != visible)
		fail_msg("stop %zu: %zu UIDs for %zu files", n, uids_with_file(b), visible);
	box_free(b);
	return killed;
}

struct crashing {
	const struct crash *row;
	size_t *tried;
};

static void crash_share(void *context, size_t number, size_t count)
{
	const struct crashing *c = context;
	size_t step = count * workers_step(4, 40);
	for (size_t n = 1 + number; crash_once(c->row, n); n += step)
		__atomic_add_fetch(c->tried, 1, __ATOMIC_RELAXED);
}

static void test_crash(void **state)
{
	if (!tracer_works())
		skip();
	struct crashing c = {*state, workers_share(sizeof *c.tried)};
	size_t failed = workers_run(crash_share, &c), tried = *c.tried;
	workers_unshare(c.tried, sizeof *c.tried);
	print_message("# %s: %zu instants\n", c.row->name, tried);
	assert_int_equal(failed, 0);
	assert_true(tried >= 50 / workers_step(4, 40));
}

/* ---- without a tracer ---- */

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
			_exit(box_deliver(b, &j) == 0 ? 0 : 1);
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
		TABLE_OF_ONE(test_killed_among_others, "killed at random times"),
	};
	/* Thousands of deliveries; what is synced plays no part here, so memory does. */
	if (access("/dev/shm", W_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 0);
	return table_run("store under accidents", tables, sizeof tables / sizeof *tables);
}
