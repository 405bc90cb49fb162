#include "tests/lib/crash.h"

#include "tests/lib/tracer.h"
#include "tests/lib/workers.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- one run ---- */

int crash_run(crash_work *work, void *context)
{
	int status;
	/* What is buffered would be written twice. */
	fflush(NULL);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(work(context));
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void crash_run_whole(crash_work *work, void *context, const char *when)
{
	int status = crash_run(work, context);
	if (status != 0)
		fail_msg("%s: it ends with status %d", when, status);
}

bool crash_is_here(struct crash_point *point)
{
	return ++point->seen == point->at;
}

/* Before each call: after the one before is the same. */
static enum tracer_wish look(void *context, const struct tracer_call *call)
{
	return call->entry && crash_is_here(context) ? TRACER_KILL : TRACER_GO_ON;
}

bool crash_kill(crash_work *work, void *context, size_t n)
{
	struct crash_point point = {.at = n};
	int status = tracer_run(work, context, look, &point);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return true;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("stop %zu: it ends with wait status %#x", n, (unsigned)status);
	return false;
}

/* ---- all of them ---- */

struct share {
	const struct crash_sweep *sweep;
	size_t step, *tried;
};

static void try_share(void *context, size_t number, size_t count)
{
	const struct share *s = context;
	size_t n = 1 + number * s->step;
	for (; s->sweep->try(s->sweep->scene, n); n += count * s->step)
		__atomic_add_fetch(s->tried, 1, __ATOMIC_RELAXED);
}

static size_t step_of(const struct crash_sweep *sweep)
{
	const char *wanted = getenv("STEP");
	return wanted && atoi(wanted) > 0 ? (size_t)atoi(wanted) : sweep->step * workers_step(5, 1);
}

void crash_everywhere(const struct crash_sweep *sweep)
{
	struct share s = {sweep, step_of(sweep), NULL};
	if (!tracer_works())
		skip();
	if (workers_in_valgrind()) {
		sweep->try(sweep->scene, 0);
		return;
	}
	s.tried = workers_share(sizeof *s.tried);
	size_t failed = workers_run(try_share, &s), tried = *s.tried;
	workers_unshare(s.tried, sizeof *s.tried);
	print_message("# %s: %zu instants\n", sweep->name, tried);
	assert_int_equal(failed, 0);
	if (tried < sweep->least / s.step)
		fail_msg("%s: %zu instants are fewer than %zu", sweep->name, tried,
			sweep->least / s.step);
}
