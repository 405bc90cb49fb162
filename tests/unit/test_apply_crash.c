/*
 * mda-apply may be interrupted at any time: while it moves messages, and while it puts them back,
 * it is killed at each of its system calls, and then it is run again. Each message is in exactly
 * one folder at every moment, and no UID ever means two messages.
 */
#include "tests/lib/tracer.h"
#include "tests/lib/workers.h"
#include "tests/unit/test_apply_box.h"

#include <signal.h>

/* Every sixth call will do: all of them take a minute. */
enum { STEP = 6 };

struct killer {
	size_t stop, stops;
};

/* Before each call: after the one before is the same. */
static enum tracer_wish look(void *context, const struct tracer_call *call)
{
	struct killer *k = context;
	return call->entry && ++k->stops == k->stop ? TRACER_KILL : TRACER_GO_ON;
}

static bool kill_at(struct box *b, const struct scene *scene, size_t n)
{
	struct run c = {.box = b, .server = scene->server, .undoes = scene->undoes};
	struct killer k = {.stop = n};
	int status = tracer_run(run_apply, &c, look, &k);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return true;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	return false;
}

/* With N 0 it is not stopped. */
static bool crash_once(const struct scene *scene, size_t n)
{
	struct history h;
	struct box *b = make_box(scene, &h);
	const char *when = arena_fmt(b->mem, "stop %zu", n).p;
	if (scene->undoes)
		run_whole(b, scene, false, when);
	remember(b, &h, when);
	bool killed = n > 0 && kill_at(b, scene, n);
	assert_once(b, when);
	remember(b, &h, when);
	run_whole(b, scene, scene->undoes, when);
	assert_all(b, scene, &h, !scene->undoes, when);
	/* And back: what an interrupted run has moved is known as well. */
	if (!scene->undoes) {
		run_whole(b, scene, true, when);
		assert_all(b, scene, &h, false, when);
	}
	box_free(b);
	return killed;
}

/* ---- the scenes ---- */

static const struct scene scenes[] = {
	{"moved", STORE_SERVER_NONE, false},
	{"moved, with Dovecot", STORE_SERVER_DOVECOT, false},
	{"moved, with Courier", STORE_SERVER_COURIER, false},
	{"put back", STORE_SERVER_NONE, true},
	{"put back, with Dovecot", STORE_SERVER_DOVECOT, true},
	{"put back, with Courier", STORE_SERVER_COURIER, true},
};

struct sweep {
	const struct scene *scene;
	size_t *tried;
};

static void crash_share(void *context, size_t number, size_t count)
{
	const struct sweep *c = context;
	size_t step = STEP * workers_step(5, 1);
	for (size_t n = 1 + number; crash_once(c->scene, n); n += count * step)
		__atomic_add_fetch(c->tried, 1, __ATOMIC_RELAXED);
}

static void test_killed(void **state)
{
	struct sweep c = {.scene = *state};
	if (!tracer_works())
		skip();
	if (workers_in_valgrind()) {
		crash_once(c.scene, 0);
		return;
	}
	c.tried = workers_share(sizeof *c.tried);
	size_t failed = workers_run(crash_share, &c), tried = *c.tried;
	workers_unshare(c.tried, sizeof *c.tried);
	print_message("# %s: %zu instants\n", c.scene->name, tried);
	assert_int_equal(failed, 0);
	assert_true(tried >= 100 / (STEP * workers_step(5, 1)));
}

int main(void)
{
	const struct table tables[] = {TABLE(test_killed, scenes)};
	return table_run("apply_crash", tables, sizeof tables / sizeof *tables);
}
