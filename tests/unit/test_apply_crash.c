/*
 * mda-apply may be interrupted at any time: while it moves messages, and while it puts them back,
 * it is killed at each of its system calls, and then it is run again. Each message is in exactly
 * one folder at every moment, and no UID ever means two messages.
 */
#include "tests/lib/crash.h"
#include "tests/unit/test_apply_box.h"

/* Every sixth call will do: all of them take a minute. */
enum { STEP = 6 };

static bool kill_at(struct box *b, const struct scene *scene, size_t n)
{
	struct run c = {.box = b, .server = scene->server, .undoes = scene->undoes};
	return crash_kill(run_apply, &c, n);
}

/* With N 0 it is not stopped. */
static bool crash_once(const void *context, size_t n)
{
	const struct scene *scene = context;
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

static void test_killed(void **state)
{
	const struct scene *scene = *state;
	const struct crash_sweep sweep = {scene->name, crash_once, scene, STEP, 100};
	crash_everywhere(&sweep);
}

int main(void)
{
	const struct table tables[] = {TABLE(test_killed, scenes)};
	return table_run("apply_crash", tables, sizeof tables / sizeof *tables);
}
