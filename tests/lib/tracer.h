/*
 * Runs a piece of work in a child process that stops before and after each of its system calls, so
 * that a test can look at them, let one of them fail, or let the child die there.
 */
#ifndef TESTS_LIB_TRACER_H
#define TESTS_LIB_TRACER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct tracer_call {
	pid_t pid;
	size_t number; /* counts from 1 */
	bool entry;    /* stopped before the call; else after it */
	long call;     /* SYS_... */
	unsigned long long arguments[6];
	long long result; /* after the call: -errno on failure */
};

enum tracer_wish { TRACER_GO_ON, TRACER_KILL };

/* Called at every stop. */
typedef enum tracer_wish tracer_look(void *context, const struct tracer_call *call);

/*
 * Can a child be traced here, and its calls be changed? Not in every sandbox, and not on every
 * machine.
 */
bool tracer_works(void);

/* Runs WORK; its result is the child's exit status. Returns the status as from waitpid(). */
int tracer_run(int (*work)(void *), void *work_context, tracer_look *look, void *look_context);

/* Before a call: it is not carried out, and fails with ERROR. */
void tracer_fail(const struct tracer_call *call, int error);
/* Before a call: it is carried out, but seems to have failed. */
void tracer_pretend(const struct tracer_call *call, int error);
/* Before a read or write: only half of it is done. False when it cannot be halved. */
bool tracer_halve(const struct tracer_call *call);

/* Copies N bytes from the child's memory; false when they do not exist. */
bool tracer_memory(const struct tracer_call *call, unsigned long long from, void *to, size_t n);
/* Copies a C string from the child's memory, cut to SIZE. */
bool tracer_string(const struct tracer_call *call, unsigned long long from, char *to, size_t size);

#endif
