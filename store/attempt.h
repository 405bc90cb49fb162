/*
 * What is remembered of a delivery while it is carried out, so that the next attempt at it knows
 * what this one did: its record in the journal, and the lock that lets one attempt at a time work.
 */
#ifndef STORE_ATTEMPT_H
#define STORE_ATTEMPT_H

#include "store/journal.h"
#include "store/store_inside.h"

/* How long an attempt is remembered: longer than an MTA keeps a message in its queue. */
enum { ATTEMPT_SECONDS = 10 * 24 * 3600 };

struct attempt {
	struct store *store;
	const struct store_id *id;
	struct arena *mem;
	struct journal journal;
};

/* Waits until no other attempt at the same delivery is under way. */
int attempt_begin(struct store *s, const struct store_id *id, struct err *err);

/*
 * The record of an earlier attempt that counts; an empty one when there is none. A uiddb_work, its
 * context a struct attempt.
 */
int attempt_recall(struct uiddb *db, void *context, struct err *err);

/*
 * Was the item shown by the attempt that recorded it? 1, 0, -1. In a folder that a reader renamed
 * since it is looked for too, as that takes tmp/ along; then ITEM says where it is.
 */
int attempt_was_shown(
	struct store *s, struct journal_item *item, struct arena *mem, struct err *err);

/* The same in a transaction of its own; a damaged database is replaced by an empty one. */
int attempt_read(struct attempt *r, struct err *err);

/* What is still to be done stands among what was done, with a mark. */
enum { ATTEMPT_INTENDED = '?' };

/* WHAT as it stands in the journal while it is still to be done. */
struct str attempt_intended(struct str what, struct arena *mem);
bool attempt_has_sent(const struct journal *j, struct str what);

/* Is the record older than any MTA keeps a message? A uiddb_expired. */
bool attempt_is_expired(void *context, const unsigned char *id, struct str record);

#endif
