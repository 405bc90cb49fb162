/*
 * How much a mailbox may hold, recorded and counted as Maildir++ specifies (see maildirsize.h).
 * Trash and the folders below it do not count, so that deleting mail makes room at once.
 *
 * Deliveries check and count while they hold the mailbox's lock, so together they never exceed the
 * limit. The IMAP server does not take that lock, so what it adds can exceed it.
 */
#ifndef STORE_QUOTA_H
#define STORE_QUOTA_H

#include "base/arena.h"
#include "base/err.h"
#include "store/maildirsize.h"

enum quota_source {
	QUOTA_OF_FILE, /* the limits in the first line of maildirsize, if it exists */
	QUOTA_NONE,    /* no limit; an existing maildirsize is kept up to date all the same */
	QUOTA_SET,     /* the limits below */
};

struct store;

/* What a delivery does to the usage, for those who want to know. */
struct quota_change {
	enum quota_event {
		QUOTA_PLANNED, /* the UIDs are not yet recorded: store_intend() can be called */
		QUOTA_COUNTED, /* the message was counted and shown */
		QUOTA_FULL,    /* there is no room: AFTER is BEFORE */
	} event;
	struct quota_amount before, after, limits; /* a limit of 0 is none */
	bool full_bytes, full_messages;            /* which limit left no room */
};

/* Called with the mailbox's lock held, so changes of deliveries come one after the other. */
typedef void quota_watch(void *context, struct store *s, const struct quota_change *change);

struct quota_conf {
	enum quota_source source;
	struct quota_amount limits;
	bool refuse; /* a full mailbox is FAULT_REFUSED 5.2.2 instead of FAULT_TEMP 4.2.2 */
};

/* Do messages in this folder's directory count? */
bool quota_counts(struct str directory);

struct store_conf;
/*
 * Is there room for MORE in a mailbox that is not open? -1 with what quota_check() would say. Cheap
 * unless it seems full; then the mailbox is opened, so that a wrong sum is corrected.
 */
int quota_room(const struct store_conf *conf, struct quota_amount more, struct err *err);

/* Cheap and without the lock: would quota_check() probably fail? */
bool quota_seems_full(const struct store *s, struct quota_amount more);

/* Flags of quota_check(). */
enum {
	QUOTA_RECOUNT = 1, /* the file may have counted messages that are not there */
	QUOTA_ADMIT = 2,   /* there must be room */
	QUOTA_QUIET = 4,   /* store_say() does not report a full mailbox: less will be tried */
	QUOTA_PLAN = 8,    /* it is going to be stored: the watch gets QUOTA_PLANNED */
};

/*
 * Is there room for MORE? 1: yes, and the caller must quota_add() it; 0: there is no quota; -1: no.
 * The caller holds the mailbox's lock. A message larger than the whole quota is FAULT_REFUSED 5.2.3
 * at once: a mailbox can be emptied, but this message will never fit (RFC 3463 section 3.3). A
 * mailbox that cannot be counted is never full, and store_say() reports it.
 */
int quota_check(struct store *s, struct quota_amount more, unsigned flags, struct err *err);

/* Counts what was added or, if negative, was not added after all. */
void quota_add(struct store *s, struct quota_amount delta);

/* What quota_check() planned is done: the watch gets QUOTA_COUNTED. */
void quota_counted(struct store *s);

#endif
