/*
 * turns COUNT SIZE BASE < PLAN: delivers COUNT messages of SIZE bytes to each program of the plan,
 * in turns (A B C A B C ...), so that whatever else the machine does meets all of them. Each
 * message is one of a kind, as the MTA's are. Prints the wall time of each program and the ratio of
 * its median to that of the program called BASE.
 *
 * A line of the plan: name TAB directory TAB program TAB argument ... The directory is where its
 * messages are stored, or "-" for a program that stores nothing. A figure is printed only when as
 * many messages were stored as were given.
 */
#include "tests/bench/feed.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PROGRAMS = 32 };

struct program {
	struct feed_program is;
	double *times; /* microseconds, a turn each */
	long stored;   /* before the first turn */
};

static struct program programs[MAX_PROGRAMS];
static size_t program_count;

static bool read_line(char *line)
{
	if (program_count == MAX_PROGRAMS)
		feed_fail(line, "too many programs");
	struct program *p = &programs[program_count];
	if (!feed_plan(line, &p->is))
		return false;
	program_count++;
	return true;
}

static void read_plan(long count)
{
	char *line = NULL;
	size_t size = 0;
	while (getline(&line, &size, stdin) > 0) {
		if (!read_line(line))
			continue;
		struct program *p = &programs[program_count - 1];
		p->times = calloc((size_t)count, sizeof *p->times);
		if (!p->times)
			feed_fail(p->is.name, strerror(errno));
		line = NULL; /* its arguments are those of the program */
	}
	free(line);
}

/* The first turn is not counted, because it makes folders and databases. */
static void take_turns(long count, size_t size)
{
	char *message = feed_space(size);
	for (size_t p = 0; p < program_count; p++)
		programs[p].stored = feed_stored(programs[p].is.directory);
	for (long turn = -1; turn < count; turn++)
		for (size_t p = 0; p < program_count; p++) {
			feed_message(message, size, p, turn + 1);
			double took =
				feed_run(programs[p].is.name, programs[p].is.argv, message, size);
			if (turn >= 0)
				programs[p].times[turn] = took;
		}
	free(message);
	for (size_t p = 0; p < program_count; p++) {
		long expected = strcmp(programs[p].is.directory, "-") == 0 ? 0 : count + 1;
		long got = feed_stored(programs[p].is.directory) - programs[p].stored;
		if (got == expected)
			continue;
		char why[80];
		snprintf(why, sizeof why, "stored %ld messages of %ld", got, expected);
		feed_fail(programs[p].is.name, why);
	}
}

static double median_of(const char *name, long count)
{
	for (size_t p = 0; p < program_count; p++)
		if (strcmp(programs[p].is.name, name) == 0)
			return programs[p].times[count / 2];
	feed_fail(name, "is not in the plan");
}

static void print_figures(const char *base_name, long count)
{
	for (size_t p = 0; p < program_count; p++)
		qsort(programs[p].times, (size_t)count, sizeof *programs[p].times, feed_ascending);
	double base = median_of(base_name, count);
	printf("%-34s %9s %9s %9s   x %s\n", "microseconds", "median", "10 %", "95 %", base_name);
	for (size_t p = 0; p < program_count; p++) {
		const double *t = programs[p].times;
		printf("%-34s %9.0f %9.0f %9.0f %8.2f\n", programs[p].is.name, t[count / 2],
			t[count / 10], t[count * 95 / 100], t[count / 2] / base);
	}
}

int main(int argc, char **argv)
{
	long count = argc == 4 ? strtol(argv[1], NULL, 10) : 0;
	long size = argc == 4 ? strtol(argv[2], NULL, 10) : 0;
	if (count < 1 || size < 1024) {
		fprintf(stderr, "usage: turns COUNT SIZE BASE < PLAN (SIZE: 1024 bytes or more)\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	read_plan(count);
	take_turns(count, (size_t)size);
	print_figures(argv[3], count);
	return fflush(stdout) == 0 ? 0 : 1;
}
