/*
 * Runs code that is not trusted (a library that crashes, hangs or is taken over by what it reads) in a child process
 * that can compute, hand back bytes, and do nothing else.
 */
#ifndef FILTERS_SIEVE_CHILD_H
#define FILTERS_SIEVE_CHILD_H

#include "mda/base/arena.h"
#include "mda/base/buf.h"
#include "mda/base/err.h"

struct child_job {
	const char *what; /* for error messages */
	/* In the child, while files can still be opened. NULL, or why it cannot be done. */
	const char *(*prepare)(void *context);
	/* In the child, confined. What it appends to OUT is handed back when it returns. */
	void (*work)(void *context, struct buf *out);
	void *context;
	unsigned cpu_seconds;
	unsigned wall_milliseconds;
	size_t memory; /* bytes that it may use beyond what the process has already */
};

/*
 * 0 with what the job handed back in *RESULT (in MEM): bytes of any content, at most CHILD_MAX_RESULT of them.
 * -1 (FAULT_TEMP) when the child could not be started, could not prepare, died, went over a limit or handed back
 * something incomplete. In any case the child is gone on return.
 */
int child_run(const struct child_job *job, struct arena *mem, struct str *result, struct err *err);

enum { CHILD_MAX_RESULT = 256 * 1024 };

#endif
