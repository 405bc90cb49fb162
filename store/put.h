/*
 * One delivery on its way, for the files that carry it out: put_recognise.c finds what an earlier
 * attempt did, put_quota.c asks for room, store_put.c does the steps.
 */
#ifndef STORE_PUT_H
#define STORE_PUT_H

#include "store/attempt.h"
#include "store/mirror.h"
#include "store/quota.h"

/* One item on its way. */
struct put {
	const struct store_item *item;
	struct store_receipt *receipt;
	struct str directory;
	int folder;
	unsigned flags;        /* of the item, with the letters of its keywords */
	bool mirrored;         /* UIDs are agreed on in a file */
	struct mirror *mirror; /* NULL when it is not needed */
	const char *base;      /* of the file that was written, by this attempt or an earlier one */
	struct written written; /* that file */
	bool in_tmp, visible;
	bool foreign; /* made visible by an earlier attempt */
	bool orphan;  /* one of which the journal was lost, so that the UID has to be looked for */
};

struct delivery {
	struct attempt earlier; /* journal.time is 0 when there is none that counts */
	struct put *puts; /* what is put, of what was given and of what the earlier attempt put */
	size_t count;
	struct str marker_directory, marker;   /* empty: none was chosen yet */
	bool counts;                           /* for the quota */
	struct put *current;                   /* the one whose UID is given just now */
	const struct journal_item *superseded; /* an earlier marker that this attempt replaces */
	struct arena *mem;
};

/* ---- put.c ---- */

/* Is there an earlier attempt that counts? */
bool put_is_retry(const struct delivery *d);
bool put_all_visible(const struct delivery *d);
bool put_none_visible(const struct delivery *d);
/* Of the file that the item becomes. */
size_t put_size(const struct store_item *item);
/* The item of J in that directory, or NULL. */
const struct journal_item *put_find_item(const struct journal *j, struct str directory);

/* ---- put_settle.c ---- */

/*
 * Of a retry, before any folder is made: decides between what was to be put and what the earlier
 * attempt put. Sets the receipts of what is not put.
 */
int put_settle(struct delivery *d, struct err *err);
/* Has a reader renamed a folder since the earlier attempt? Then the record is no longer right. */
bool put_moved(const struct delivery *d);

/* ---- put_recognise.c ---- */

/*
 * With the mailbox's lock held: sets in each put what an earlier attempt at the delivery wrote or
 * showed, and the marker that stands.
 */
int put_recognise(struct delivery *d, struct err *err);
/* The journal was lost: what an earlier attempt showed is known by its marker alone. */
int put_recognise_orphans(struct delivery *d, struct err *err);

/* ---- put_quota.c ---- */

/*
 * Is there room? All folders or none: who has stored a part of it already is let through. With the
 * lock held.
 */
int put_check_quota(struct delivery *d, struct err *err);
/*
 * The same without the lock, before anything is written; only a mailbox that seems full is looked
 * at closely.
 */
int put_check_quota_early(struct delivery *d, struct err *err);
/* What is still to be shown: SIGN 1 adds it, -1 takes it back. */
struct quota_amount put_to_come(const struct delivery *d, int sign);

#endif
