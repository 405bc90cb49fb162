/*
 * One delivery in progress, for the files that carry it out: put_recognise.c finds what an earlier
 * attempt did, put_quota.c checks the quota, put_record.c gives the UIDs, store_put.c does the
 * steps.
 */
#ifndef STORE_PUT_H
#define STORE_PUT_H

#include "store/attempt.h"
#include "store/mirror.h"
#include "store/quota.h"

/* One message that is being stored into one folder. */
struct put {
	const struct store_item *item;
	struct store_receipt *receipt;
	struct str directory;
	int folder;
	unsigned flags;         /* those of the item, with the letters of its keywords */
	bool mirrored;          /* UIDs are agreed on in a file with others */
	struct mirror *mirror;  /* NULL when it is not needed */
	const char *base;       /* of the file that this attempt or an earlier one wrote */
	struct written written; /* facts about that file, see written.h */
	bool in_tmp, visible;
	bool foreign; /* an earlier attempt has shown it */
	bool orphan;  /* its journal was lost, so its UID must be looked for */
};

struct put_job {
	struct attempt earlier; /* journal.time is 0 when no earlier attempt counts */
	struct put *puts;       /* what is stored: items of the caller, or of the earlier attempt */
	size_t count;
	struct str marker_directory, marker;   /* empty: none was chosen yet */
	bool counts;                           /* for the quota */
	struct put *current;                   /* the one whose UID is being given */
	const struct journal_item *superseded; /* an earlier marker that is replaced */
	struct arena *mem;
};

/* ---- put.c ---- */

/* Is there an earlier attempt that counts? */
bool put_is_retry(const struct put_job *d);
bool put_all_visible(const struct put_job *d);
bool put_none_visible(const struct put_job *d);
/* Is a UID to be given, or to be looked for? */
bool put_needs_uid(const struct put *p);
/* The size of the file that the item becomes. */
size_t put_size(const struct store_item *item);
/* The item of J in that directory, or NULL. */
const struct journal_item *put_find_item(const struct journal *j, struct str directory);

/* ---- put_settle.c ---- */

/*
 * For a retry, before any folder is made: decides between the items of the caller and those of the
 * earlier attempt. Sets the receipts of items that are not stored. -1 on error.
 */
int put_settle(struct put_job *d, struct err *err);
/* Has a reader renamed a folder since the earlier attempt? Then its record must be updated. */
bool put_moved(const struct put_job *d);

/* ---- put_recognise.c ---- */

/*
 * With the mailbox's lock held: notes for each put what an earlier attempt wrote or showed, and the
 * marker if it still exists. -1 on error.
 */
int put_recognise(struct put_job *d, struct err *err);
/*
 * For a lost journal: what an earlier attempt showed is recognised by its marker alone. -1 on
 * error.
 */
int put_recognise_orphans(struct put_job *d, struct err *err);

/* ---- put_quota.c ---- */

/*
 * Is there room? All folders or none: a delivery that has already stored a part is let through.
 * With the lock held; FLAGS is QUOTA_PLAN or 0. -1 when there is no room.
 */
int put_check_quota(struct put_job *d, unsigned flags, struct err *err);
/*
 * The same without the lock, before anything is written. The mailbox is counted only if it seems
 * full.
 */
int put_check_quota_early(struct put_job *d, struct err *err);
/* What is still to be shown. With SIGN 1 it is added, with -1 taken back. */
struct quota_amount put_to_come(const struct put_job *d, int sign);

/* ---- put_record.c ---- */

/*
 * With the mailbox's lock and those of the mirrors held: gives each put its UID, and records the
 * delivery in the journal, in one transaction. -1 on error.
 */
int put_record(struct put_job *d, struct err *err);

#endif
