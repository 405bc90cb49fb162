/*
 * writers WRITERS MAILBOXES BATCH ROUNDS SIZE BASE < PLAN: WRITERS processes at once deliver
 * messages of SIZE bytes into MAILBOXES mailboxes. Each program of the plan gets a batch of BATCH
 * messages, in turns, ROUNDS times. Prints the deliveries a second, their share of those of the
 * program called BASE, and the processor time of a delivery: where the processors are the limit,
 * that decides the share.
 *
 * A line of the plan: name TAB directory TAB program TAB argument ... In an argument, "{}" is the
 * number of the mailbox. The directory is where all its mailboxes are. A figure is printed only
 * when as many messages were stored as were given.
 */
#include "tests/bench/feed.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_PROGRAMS = 8, ARGUMENT_MAX = 4096 };

struct program {
	struct feed_program is;
	double *rates; /* deliveries a second, a round each */
	double *costs; /* microseconds of processor time for a delivery, a round each */
	long given;
};

static struct program programs[MAX_PROGRAMS];
static size_t program_count;
static long writers, mailboxes, batch, rounds, size;

static bool read_line(char *line)
{
	if (program_count == MAX_PROGRAMS)
		feed_fail(line, "too many programs");
	struct program *p = &programs[program_count];
	if (!feed_plan(line, &p->is))
		return false;
	p->rates = calloc((size_t)rounds, sizeof *p->rates);
	p->costs = calloc((size_t)rounds, sizeof *p->costs);
	if (!p->rates || !p->costs)
		feed_fail(p->is.name, strerror(errno));
	program_count++;
	return true;
}

static void read_plan(void)
{
	char *line = NULL;
	size_t room = 0;
	while (getline(&line, &room, stdin) > 0)
		if (read_line(line))
			line = NULL; /* its arguments are those of the program */
	free(line);
}

/* Puts the number of the mailbox into an argument. */
static void fill_in(char *to, const char *argument, long mailbox)
{
	const char *mark = strstr(argument, "{}");
	int before = mark ? (int)(mark - argument) : (int)strlen(argument);
	int n = mark ? snprintf(to, ARGUMENT_MAX, "%.*s%ld%s", before, argument, mailbox, mark + 2)
		     : snprintf(to, ARGUMENT_MAX, "%s", argument);
	if (n < 0 || n >= ARGUMENT_MAX)
		feed_fail(argument, "is too long");
	if (mark && strstr(mark + 2, "{}"))
		feed_fail(argument, "has {} twice");
}

static void deliver(size_t p, long number, long mailbox, char *message)
{
	static char space[FEED_ARGUMENTS][ARGUMENT_MAX];
	char *argv[FEED_ARGUMENTS + 1];
	size_t n = 0;
	for (; programs[p].is.argv[n]; n++) {
		fill_in(space[n], programs[p].is.argv[n], mailbox);
		argv[n] = space[n];
	}
	argv[n] = NULL;
	feed_message(message, (size_t)size, p, number);
	feed_run(programs[p].is.name, argv, message, (size_t)size);
}

/* Each mailbox is equally likely, so two writers may meet in one. */
static long mailbox_of(long number)
{
	unsigned long long mixed = (unsigned long long)number * 6364136223846793005u;
	return (long)((mixed >> 33) % (unsigned long long)mailboxes);
}

/*
 * One writer's part of the messages FIRST to END: every WRITERS-th, starting with its own number.
 */
static _Noreturn void write_part(size_t p, long writer, long first, long end, int start)
{
	char *message = feed_space((size_t)size);
	char byte;
	if (read(start, &byte, 1) != 0) /* until the parent closes it */
		feed_fail(programs[p].is.name, "did not start");
	for (long number = first + writer; number < end; number += writers)
		deliver(p, number, number < mailboxes ? number : mailbox_of(number), message);
	free(message);
	exit(0);
}

/* Delivers COUNT messages and returns the number of seconds that this took. */
static double write_all(size_t p, long count)
{
	int start[2], status;
	if (pipe(start) < 0)
		feed_fail("a pipe", strerror(errno));
	long first = programs[p].given;
	programs[p].given += count;
	for (long writer = 0; writer < writers; writer++) {
		pid_t pid = fork();
		if (pid < 0)
			feed_fail("a writer", strerror(errno));
		if (pid == 0) {
			close(start[1]);
			write_part(p, writer, first, first + count, start[0]);
		}
	}
	close(start[0]);
	double begin = feed_now();
	close(start[1]);
	for (long writer = 0; writer < writers; writer++)
		if (wait(&status) < 0 || status != 0)
			feed_fail(programs[p].is.name, "a writer failed");
	return (feed_now() - begin) / 1e6;
}

/* Microseconds of processor time that the writers and their programs have taken so far. */
static double processor_time(void)
{
	struct rusage u;
	getrusage(RUSAGE_CHILDREN, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static void take_turn(struct program *p, long round)
{
	double before = processor_time();
	p->rates[round] = (double)batch / write_all((size_t)(p - programs), batch);
	p->costs[round] = (processor_time() - before) / (double)batch;
}

static void check_stored(const struct program *p)
{
	char why[80];
	long stored = feed_stored(p->is.directory);
	if (stored == p->given)
		return;
	snprintf(why, sizeof why, "stored %ld messages of %ld", stored, p->given);
	feed_fail(p->is.name, why);
}

/* The first message of each mailbox creates it, and is not counted. */
static void take_turns(void)
{
	for (size_t p = 0; p < program_count; p++)
		write_all(p, mailboxes);
	for (long round = 0; round < rounds; round++)
		for (size_t p = 0; p < program_count; p++)
			take_turn(&programs[p], round);
	for (size_t p = 0; p < program_count; p++)
		check_stored(&programs[p]);
}

static const struct program *program_named(const char *name)
{
	for (size_t p = 0; p < program_count; p++)
		if (strcmp(programs[p].is.name, name) == 0)
			return &programs[p];
	feed_fail(name, "is not in the plan");
}

static void print_figures(const char *base_name)
{
	const struct program *base = program_named(base_name);
	for (size_t i = 0; i < program_count; i++) {
		qsort(programs[i].rates, (size_t)rounds, sizeof(double), feed_ascending);
		qsort(programs[i].costs, (size_t)rounds, sizeof(double), feed_ascending);
	}
	printf("%-24s %8s %8s %8s %9s %17s %9s\n", "deliveries a second", "median", "least", "most",
		"x base", "processor, us", "x base");
	for (const struct program *p = programs; p < programs + program_count; p++) {
		double rate = p->rates[rounds / 2], cost = p->costs[rounds / 2];
		printf("%-24s %8.0f %8.0f %8.0f %9.2f %17.0f %9.2f\n", p->is.name, rate,
			p->rates[0], p->rates[rounds - 1], rate / base->rates[rounds / 2], cost,
			cost / base->costs[rounds / 2]);
	}
}

int main(int argc, char **argv)
{
	long *const numbers[] = {&writers, &mailboxes, &batch, &rounds, &size};
	bool is_right = argc == 7;
	for (size_t i = 0; is_right && i < 5; i++) {
		*numbers[i] = strtol(argv[i + 1], NULL, 10);
		is_right = *numbers[i] > 0;
	}
	if (!is_right || size < 1024) {
		fprintf(stderr, "usage: writers WRITERS MAILBOXES BATCH ROUNDS SIZE BASE < PLAN "
				"(SIZE: 1024 bytes or more)\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	read_plan();
	take_turns();
	print_figures(argv[6]);
	return fflush(stdout) == 0 ? 0 : 1;
}
