/* What the programs that count a delivery's steps and calls share: they start what is counted. */
#ifndef TESTS_BENCH_TRACED_H
#define TESTS_BENCH_TRACED_H

#include <sys/types.h>

/*
 * Starts the program of ARGV at addresses that are the same in each run. It and all processes that
 * it will start are traced, and end with the caller; the program is stopped, ptrace() goes on. -1
 * if it cannot be traced, which is told on stderr with the caller's NAME.
 */
pid_t traced_start(const char *name, char **argv);

#endif
