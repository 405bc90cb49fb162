/*
 * One delivery, from the invocation to the line in the log: what mda and mda-lmtpd share. The
 * process belongs to it alone: it becomes the user for good.
 */
#ifndef MDA_DELIVERING_H
#define MDA_DELIVERING_H

#include "mda/session.h"

#include "base/hash.h"

struct delivering_run {
	struct session *session; /* with its configuration */
	/* Called as the user: the message, which is freed afterwards; NULL with the reason. */
	session_source *read;
	void *context;
	long long start; /* io_microseconds() */
	/* identity_hash() of the message, if it was made already; NULL: not yet */
	const struct hash_begun *hash;

	/* What came of it, for counters: filled once the message was judged. */
	bool is_judged;
	unsigned spam, label;                    /* enum spam_state, enum tag_label */
	long long read_us, judge_us, deliver_us; /* microseconds */
};

/*
 * For a server: asks the system what is the same for all deliveries, and compiles the scripts that
 * are, so that none of its children has to. The result, for their sessions, is in MEM. NULL for
 * root, who parses no scripts.
 */
struct rules_warm *delivering_warm(const struct conf *conf, struct arena *mem);

/* The outcome, whatever it is, was logged on return; -1 with what the MTA is to be told. */
int delivering_run(struct delivering_run *d, struct err *err);

/*
 * Without delivering: would a message of BYTES (0: nobody knows) be refused before it is looked at?
 * -1 with what the MTA is to be told: the recipient is unknown, or the mailbox is full.
 */
int delivering_probe(struct session *s, unsigned long long bytes, struct err *err);

#endif
