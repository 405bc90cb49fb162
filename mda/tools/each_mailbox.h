/*
 * Does the same work on many mailboxes: several at once, each in a process of its own, which may
 * become the mailbox's owner.
 */
#ifndef MDA_TOOLS_EACH_MAILBOX_H
#define MDA_TOOLS_EACH_MAILBOX_H

#include "mda/conf/conf.h"
#include "mda/conf/mailboxes.h"

/* Runs in the mailbox's process; its output is collected. Returns the exit status. */
typedef int each_work(const struct mailbox *m, void *context);

/*
 * Gets what the work has printed, and the first line of its errors, instead of their being printed.
 * The mailboxes come in their order.
 */
typedef void each_take(
	void *context, const struct mailbox *m, int status, struct str output, struct str error);

struct each {
	each_work *work;
	each_take *take; /* NULL: print all */
	void *context;
	size_t jobs; /* at once; 0: as many as there are processors */
	bool json;   /* the work prints one JSON value */
	/* print nothing for mailboxes with status 0, and no summary if all have it */
	bool quiet;
	const char *program; /* its name comes before errors */
};

/*
 * Runs the work on all mailboxes. Prints the output of each as a whole and in their order: each
 * line after the mailbox's name, or all of it as one JSON object a line. A summary comes last.
 * Returns the highest exit status, or -1 if the results cannot be printed. SIGINT and SIGTERM end
 * the processes; mailboxes that were not begun count as 75.
 */
int each_mailbox(const struct each *each, const struct mailboxes *all, struct err *err);

/*
 * Loads the configuration at PATH (NULL: the usual one) and finds all mailboxes that it names; in
 * MEM. Returns the configuration, or NULL with the reason.
 */
struct conf_file *each_mailbox_find(
	const char *path, struct arena *mem, struct mailboxes *all, struct err *err);

#endif
