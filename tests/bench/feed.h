/* What the programs that measure deliveries share: they make messages and feed them. */
#ifndef TESTS_BENCH_FEED_H
#define TESTS_BENCH_FEED_H

#include <stddef.h>

/* Prints both, and ends the process with 1. */
_Noreturn void feed_fail(const char *what, const char *why);

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
