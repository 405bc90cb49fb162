/*
 * How much a mailbox may hold, kept and counted as Maildir++ says (maildirsize.h). Trash and the
 * folders below it are not counted, so that what is thrown away makes room at once.
 *
 * Deliveries ask and count with the mailbox's lock held, so they never hold more than the limit
 * together. The IMAP server does not take that lock: what it adds meanwhile can exceed it.
 */
#ifndef STORE_QUOTA_H
#define STORE_QUOTA_H

#include "base/arena.h"
#include "base/err.h"
#include "store/maildirsize.h"

struct store;

enum quota_source {
	QUOTA_OF_FILE, /* what the first line of maildirsize says, if there is one */
	QUOTA_NONE, /* no message is too much; a maildirsize that is there is kept all the same */
	QUOTA_SET,  /* the limits below */
};

struct quota_conf {
	enum quota_source source;
	struct quota_amount limits;
	bool refuse; /* a full mailbox: FAULT_REFUSED 5.2.2 instead of FAULT_TEMP 4.2.2 */
};

/* Do messages in this folder's directory count? */
bool quota_counts(struct str directory);

/* Without the lock, at no cost: would quota_check() be likely to fail? */
bool quota_seems_full(const struct store *s, struct quota_amount more);

/* The mailbox's lock is held by the caller; flags of quota_check(). */
enum {
	QUOTA_RECOUNT = 1, /* the file may have counted what is not there */
	QUOTA_ADMIT = 2,   /* there must be room */
};

/*
 * Is there room for MORE? 1: yes, and quota_add() it; 0: there is no quota; -1: no. What is more
 * than the whole quota is FAULT_REFUSED 5.2.3 at once: a mailbox can be emptied, this message will
 * always be too long (RFC 3463 section 3.3). A mailbox that cannot be counted is never full;
 * store_say() tells of it.
 */
int quota_check(struct store *s, struct quota_amount more, unsigned flags, struct err *err);

/* Counts what came, or, negative, did not come after all. */
void quota_add(struct store *s, struct quota_amount delta);

#endif
