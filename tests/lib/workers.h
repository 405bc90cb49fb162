/* Divides the repetitions of a test among the processors. */
#ifndef TESTS_LIB_WORKERS_H
#define TESTS_LIB_WORKERS_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed memory, shared with processes that are forked later. */
void *workers_share(size_t size);
void workers_unshare(void *shared, size_t size);

/*
 * Runs WORK in COUNT processes at the same time, one for each processor, with the worker's NUMBER
 * below COUNT. A failed assertion ends its worker. Returns how many workers failed.
 */
typedef void workers_work(void *context, size_t number, size_t count);
size_t workers_run(workers_work *work, void *context);

/* Valgrind's own system calls disturb a tracer, and it does not look into children. */
bool workers_in_valgrind(void);

/*
 * Where everything is slow, only some of a test's instants are tried; also with THIN in the
 * environment.
 */
size_t workers_step(size_t sanitized, size_t valgrind);

#endif
