/*
 * Kills a piece of work at its first system call, in another run at its second, and so on to the
 * last. What the test looks at after each kill, and after a second run, is its own.
 */
#ifndef TESTS_LIB_CRASH_H
#define TESTS_LIB_CRASH_H

#include <stdbool.h>
#include <stddef.h>

/* It runs in a child process; its result is the exit status. */
typedef int crash_work(void *context);

/* Runs WORK to its end. Returns its exit status; -1: a signal ended it. */
int crash_run(crash_work *work, void *context);
/* The same, where any status but 0 fails the test with WHEN. */
void crash_run_whole(crash_work *work, void *context, const char *when);

/*
 * Kills WORK before its Nth system call. False: it ended before, with status 0; any other end fails
 * the test. The child has one thread, and its own children are not traced.
 */
bool crash_kill(crash_work *work, void *context, size_t n);

/* Which call is the one? A tracer_look of one's own counts with this. */
struct crash_point {
	size_t at, seen;
};
bool crash_is_here(struct crash_point *point);

struct crash_sweep {
	const char *name;
	/*
	 * Sets the scene, kills at call N, runs again and compares. With N 0 nothing is killed.
	 * False: the work ended before call N.
	 */
	bool (*try)(const void *scene, size_t n);
	const void *scene;
	size_t step;  /* every so many calls; with THIN or sanitizers, five times as many */
	size_t least; /* the work has at least as many calls; fewer fail the test */
};

/*
 * Tries every STEPth call, shared among the processors, and prints how many there were. Without a
 * tracer the test is skipped; in Valgrind it tries 0 alone.
 */
void crash_everywhere(const struct crash_sweep *sweep);

#endif
