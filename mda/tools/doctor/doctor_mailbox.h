/* What is in the mailbox that is checked, looked at once with the rights of its owner. */
#ifndef MDA_TOOLS_DOCTOR_DOCTOR_MAILBOX_H
#define MDA_TOOLS_DOCTOR_DOCTOR_MAILBOX_H

#include "base/str.h"

struct doctor;

struct doctor_mailbox {
	const char *maildir, *state; /* NULL: unknown */
	int root;                    /* the Maildir; -1: it cannot be opened */
	struct str_list folders;     /* directories; "" is the INBOX */
	struct str_list inbox;       /* its messages below the Maildir, the newest last */
	/* of at most 10,000 messages: */
	size_t messages, of_others, in_future;
	const char *of_another, *from_future; /* one of them */
	size_t old_tmp; /* files in tmp/ that are older than cleanup.h allows */
};

struct doctor_mailbox doctor_mailbox_of(struct doctor *d);

#endif
