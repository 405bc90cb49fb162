/* What the programs that measure deliveries share: they make messages and feed them. */
#ifndef TESTS_BENCH_FEED_H
#define TESTS_BENCH_FEED_H

#include <stdbool.h>
#include <stddef.h>

/* Prints both, and ends the process with 1. */
_Noreturn void feed_fail(const char *what, const char *why);

enum { FEED_ARGUMENTS = 32 };

/* A program that is measured, and the directory where what it stores is counted. */
struct feed_program {
	char *name, *directory;
	char *argv[FEED_ARGUMENTS + 1];
};

/*
 * Reads a line of a plan: name TAB directory TAB program TAB argument ... P points into LINE. False
 * if the line is empty or a comment; ends the process if it is wrong.
 */
bool feed_plan(char *line, struct feed_program *p);

/* Memory for a message of SIZE bytes. */
char *feed_space(size_t size);

/*
 * Makes message NUMBER for program P. It is one of its kind, as the MTA's are: its queue id and its
 * Message-ID are its own.
 */
void feed_message(char *message, size_t size, size_t p, long number);

/*
 * Runs ARGV with the message on its standard input, and returns the microseconds that it took. If
 * its exit status is not 0, the process ends with NAME's failure.
 */
double feed_run(const char *name, char *const argv[], const char *message, size_t size);

/* Microseconds of a clock that does not jump. */
double feed_now(void);

/* How many messages are in new/ and cur/ of every folder below DIRECTORY; 0 for "-". */
long feed_stored(const char *directory);

/* For qsort(). */
int feed_ascending(const void *a, const void *b);

#endif
