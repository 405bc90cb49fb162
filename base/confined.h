/*
 * Runs code that reads a stranger's bytes, and that may crash, hang or be taken over by them, in a
 * forked process. That process can compute, read the files that it was given, ask its parent and
 * hand back bytes, and nothing else.
 */
#ifndef BASE_CONFINED_H
#define BASE_CONFINED_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

/* What confines the child, as bits. All are wanted; a kernel may lack the last two. */
enum {
	CONFINED_LIMITS = 1,   /* limits of CPU time, memory, files and processes */
	CONFINED_LANDLOCK = 2, /* Landlock: which files it may use */
	CONFINED_SYSCALLS = 4, /* a filter of system calls */
};

struct confined_job {
	const char *what; /* the name of the job in error messages */
	void *context;    /* passed to the functions */

	/*
	 * In the child before it is confined: loads libraries. Returns NULL, or why it failed.
	 * NULL: nothing to do.
	 */
	const char *(*prepare)(void *context);
	/*
	 * In the child when it is confined. What it appends to OUT is handed back when it returns.
	 */
	void (*work)(void *context, struct buf *out);

	/*
	 * In the parent: answers what the child asked with confined_ask(). KIND and REQUEST are as
	 * untrusted as the child. Returns 0 and the answer in *REPLY, or -1 with the reason, which
	 * the child is told. MEM is freed after that. NULL: the child cannot ask.
	 */
	int (*serve)(void *context, unsigned kind, struct str request, struct arena *mem,
		struct str *reply, struct err *err);
	/* In the parent, called once while the child works. NULL: nothing to do. */
	void (*meanwhile)(void *context);

	/*
	 * Files and directories that the child may read, as C strings. NULL: none, and it cannot
	 * open anything.
	 */
	const struct str_list *readable;
	bool network; /* it may connect to servers */

	unsigned cpu_seconds;
	/* time for its own work, and the same again for answers; after that it gets no answers */
	unsigned wall_milliseconds;
	size_t memory;   /* bytes of memory that it may use in addition to what the process has */
	size_t largest;  /* bytes that it may hand back at most */
	unsigned *holds; /* is set to what confined the child; NULL: not wanted */
};

enum confined_end {
	CONFINED_DONE,   /* the result is there */
	CONFINED_FAILED, /* it died, exceeded a limit, or its result is incomplete */
	/* the system has no process or memory for it: a retry may succeed */
	CONFINED_NOT_STARTED,
};

/*
 * Runs JOB. On success *RESULT, in MEM, is what the child handed back: bytes that cannot be
 * trusted. Otherwise *ERR has the reason. On return the child is gone, or it has handed back its
 * result and was killed; then confined_reap() or the next call waits for its end.
 */
enum confined_end confined_run(
	const struct confined_job *job, struct arena *mem, struct str *result, struct err *err);
void confined_reap(void);

/* ---- in the child ---- */

/* Is this process such a child? */
bool confined_inside(void);
/*
 * Asks the parent; the job decides who answers. Returns 0 and the answer in *REPLY, in MEM, or -1
 * with the parent's reason or because the parent does not answer.
 */
int confined_ask(
	unsigned kind, struct str request, struct arena *mem, struct str *reply, struct err *err);

/* ---- anywhere ---- */

/* Which of CONFINED_LANDLOCK and CONFINED_SYSCALLS this kernel has, and CONFINED_LIMITS. */
unsigned confined_possible(void);
/*
 * What is missing when only HOLDS confines a child, in words such as "no Landlock". NULL: nothing.
 */
const char *confined_lack(unsigned holds);

enum { CONFINED_QUESTION_MOST = 64 << 20 };

#endif
