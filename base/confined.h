/*
 * Runs code that reads a stranger's bytes (and may crash, hang, or be taken over by them) in a
 * forked process that can compute, read the files that it was left, ask its parent, hand back
 * bytes, and do nothing else.
 */
#ifndef BASE_CONFINED_H
#define BASE_CONFINED_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

/* What holds it, as bits. All of them are wanted; a kernel may lack the last two. */
enum {
	CONFINED_LIMITS = 1,   /* of CPU time, memory, files, processes */
	CONFINED_LANDLOCK = 2, /* files */
	CONFINED_SYSCALLS = 4, /* system calls */
};

struct confined_job {
	const char *what; /* for error messages */
	void *context;    /* handed to the functions */

	/*
	 * In the child, before it is confined: loads libraries. NULL, or why it cannot be done.
	 * NULL function: nothing to do.
	 */
	const char *(*prepare)(void *context);
	/* In the child, confined. What it appends to OUT is handed back when it returns. */
	void (*work)(void *context, struct buf *out);

	/*
	 * In the parent: answers what the child asked with confined_ask(). KIND and REQUEST are as
	 * untrusted as the child. 0 with the answer in *REPLY, -1 with the reason, which the child
	 * is told. MEM is freed when it has been told. NULL: nothing can be asked.
	 */
	int (*serve)(void *context, unsigned kind, struct str request, struct arena *mem,
		struct str *reply, struct err *err);
	/* In the parent, once, while the child works. NULL: nothing to do. */
	void (*meanwhile)(void *context);

	/*
	 * Files and directories that it may read from, as C strings. NULL: none, and no descriptor
	 * can be opened.
	 */
	const struct str_list *readable;
	bool network; /* it may talk to servers */

	unsigned cpu_seconds;
	/* of its own, and as much again for answers: after that none is given */
	unsigned wall_milliseconds;
	size_t memory;   /* bytes that it may use beyond what the process has already */
	size_t largest;  /* bytes that it may hand back */
	unsigned *holds; /* gets what held it; NULL: nobody asks */
};

enum confined_end {
	CONFINED_DONE,   /* the result is there */
	CONFINED_FAILED, /* it died, went over a limit, or handed back what is not whole */
	/* the system has no process or memory for it: a retry may heal that */
	CONFINED_NOT_STARTED,
};

/*
 * Runs JOB. What it handed back, bytes of any content, is in *RESULT (in MEM); *ERR says why it is
 * not. In any case the child is gone on return.
 */
enum confined_end confined_run(
	const struct confined_job *job, struct arena *mem, struct str *result, struct err *err);

/* ---- in the child ---- */

/* Is this process one? */
bool confined_inside(void);
/*
 * Asks the parent, whose job says who answers. 0 with the answer in *REPLY, in MEM; -1 with the
 * parent's reason, or since it does not answer.
 */
int confined_ask(
	unsigned kind, struct str request, struct arena *mem, struct str *reply, struct err *err);

/* ---- anywhere ---- */

/* What this kernel has of CONFINED_LANDLOCK and CONFINED_SYSCALLS, and CONFINED_LIMITS. */
unsigned confined_possible(void);
/* What is lacking when HOLDS is all that holds a child, in words: "no Landlock"; NULL: nothing. */
const char *confined_lack(unsigned holds);

enum { CONFINED_QUESTION_MOST = 64 << 20 };

#endif
