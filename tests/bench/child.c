/*
 * child COUNT: measures the cost of the confined child. It starts COUNT children that have nothing
 * to do, each confined like the child that judges (limits, Landlock with the paths of the
 * libraries, the system call filter), and as many plain forks in turns. Prints the medians of the
 * wall times in microseconds. Each child must return its bytes, and must be confined by everything
 * that the kernel offers.
 */
#include "base/confined.h"
#include "base/limits.h"
#include "mda/readable.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void work(void *context, struct buf *out)
{
	(void)context;
	buf_add(out, STR_LIT("done"));
}

static bool run_confined(void)
{
	struct arena *mem = arena_new();
	struct str_list readable = readable_libraries(mem);
	struct str result;
	struct err err;
	unsigned holds = 0;
	const struct confined_job job = {.what = "nothing",
		.work = work,
		.readable = &readable,
		.cpu_seconds = LIMIT_CHILD_CPU,
		.wall_milliseconds = 60000,
		.memory = (size_t)LIMIT_CHILD_MEMORY,
		.largest = 1024,
		.holds = &holds};
	bool good = confined_run(&job, mem, &result, &err) == CONFINED_DONE &&
		    str_eq(result, STR_LIT("done")) && holds == confined_possible();
	arena_free(mem);
	return good;
}

static bool run_plain(void)
{
	int status;
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		bool (*run)(void);
	} ways[] = {{"a fork", run_plain}, {"a confined child", run_confined}};
	enum { WAYS = sizeof ways / sizeof *ways };
	long count = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
	double *times[WAYS];
	if (count < 1) {
		fprintf(stderr, "usage: child COUNT\n");
		return 1;
	}
	for (size_t w = 0; w < WAYS; w++)
		if (!(times[w] = calloc((size_t)count, sizeof **times)))
			return 1;
	for (long i = 0; i < count; i++)
		for (size_t w = 0; w < WAYS; w++) {
			double start = now();
			if (!ways[w].run()) {
				fprintf(stderr, "child: %s failed\n", ways[w].name);
				return 1;
			}
			times[w][i] = now() - start;
		}
	for (size_t w = 0; w < WAYS; w++) {
		qsort(times[w], (size_t)count, sizeof **times, ascending);
		printf("%-34s %6.0f us\n", ways[w].name, times[w][count / 2]);
		free(times[w]);
	}
	return 0;
}
