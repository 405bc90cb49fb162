/*
 * What is remembered of a delivery while it is carried out, so that the next attempt knows what
 * this one did: a record in the journal, and a lock so that only one attempt works at a time.
 */
#ifndef STORE_ATTEMPT_H
#define STORE_ATTEMPT_H

#include "store/journal.h"
#include "store/store_inside.h"

struct attempt {
	struct store *store;
	const struct store_id *id;
	struct arena *mem;
	struct journal journal;
};

/*
 * Waits until no other attempt at the same delivery is running. -1 when it waited too long, or on
 * error.
 */
int attempt_begin(struct store *s, const struct store_id *id, struct err *err);

/*
 * A uiddb_work; its context is a struct attempt. Reads the record of an earlier attempt into it;
 * the record is empty when no earlier attempt counts.
 */
int attempt_recall(struct uiddb *db, void *context, struct err *err);

/*
 * Was the item shown by the attempt that recorded it? 1, 0, -1. If a reader has renamed the folder
 * since, tmp/ was renamed with it: the item is looked for in the other folders, and ITEM is changed
 * to where it is.
 */
int attempt_was_shown(
	struct store *s, struct journal_item *item, struct arena *mem, struct err *err);

/*
 * Does attempt_recall() in a transaction of its own. A damaged database is replaced by an empty
 * one.
 */
int attempt_read(struct attempt *r, struct err *err);

/* Work that is still to be done is in the same list as finished work, with this mark in front. */
enum { ATTEMPT_INTENDED = '?' };

/* WHAT as the journal holds it while it is still to be done; in MEM. */
struct str attempt_intended(struct str what, struct arena *mem);
bool attempt_has_sent(const struct journal *j, struct str what);

/* A uiddb_expired: is the record so old that no MTA still has the message? */
bool attempt_is_expired(void *context, const unsigned char *id, struct str record);

#endif
