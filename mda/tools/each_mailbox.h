/*
 * The same work on many mailboxes: each in a process of its own, which may become its owner,
 * several at once.
 */
#ifndef MDA_TOOLS_EACH_MAILBOX_H
#define MDA_TOOLS_EACH_MAILBOX_H

#include "mda/conf/mailboxes.h"

/* Runs in the process of the mailbox, with its output collected. Returns the exit status. */
typedef int each_work(const struct mailbox *m, void *context);

struct each {
	each_work *work;
	void *context;
	size_t jobs; /* at once; 0: as many as there are processors */
	bool json;   /* the work prints one JSON value */
	/* nothing is printed of those with the status 0, nor the summary if all have it */
	bool quiet;
	const char *program; /* whose name stands before errors */
};

/*
 * Runs the work on all and prints what each prints, whole and in their order: behind the mailbox's
 * name, or as one JSON object a line. Ends with a summary. Returns the worst exit status; -1 when
 * the results cannot be printed. SIGINT and SIGTERM end the processes first, and what was not begun
 * counts as 75.
 */
int each_mailbox(const struct each *each, const struct mailboxes *all, struct err *err);

#endif
