/* Shares out what a test repeats many times among the processors. */
#ifndef TESTS_LIB_WORKERS_H
#define TESTS_LIB_WORKERS_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed memory that processes forked later share with this one. */
void *workers_share(size_t size);
void workers_unshare(void *shared, size_t size);

/*
 * Runs WORK in COUNT processes at once, for the worker's NUMBER below COUNT, one for each
 * processor. A failed assertion ends its worker. Returns how many workers did not end well.
 */
typedef void workers_work(void *context, size_t number, size_t count);
size_t workers_run(workers_work *work, void *context);

/* Valgrind's own system calls are in the way of a tracer, and it does not look into children. */
bool workers_in_valgrind(void);

/*
 * Only every so many of a test's instants are tried where everything is slow; with THIN in the
 * environment as SANITIZED.
 */
size_t workers_step(size_t sanitized, size_t valgrind);

#endif
