/*
 * The UIDs of a mailbox and the journal of its deliveries, in a database (base/kv/kv.h) of five
 * tables:
 *
 *   meta     "format"            -> version of this layout
 *            folder id           -> how far the IMAP server's file was read
 *            "data file"         -> which file this is
 *            "newest UIDVALIDITY" -> the largest that any folder ever had
 *   folders  directory           -> folder id, UIDVALIDITY, UIDNEXT
 *   uids     folder id, UID      -> base name[, NUL, digest of the content]
 *   names    folder id, base name -> UID
 *   journal  delivery id         -> record (journal.h)
 *
 * Numbers are 32 bits, big-endian in keys so that they sort.
 */
#ifndef STORE_UIDDB_H
#define STORE_UIDDB_H

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

struct uiddb;

enum { UIDDB_FORMAT = 1, UIDDB_JOURNAL_KEY = 32, UIDDB_DIGEST = 16 };

/*
 * Opens the database in DIR, which exists. Unless READ_ONLY is set, a missing database is made, and
 * a damaged one is renamed and replaced. NULL on error (always temporary): the file system is not
 * local, or we may not write. A process may not open it twice at the same time.
 */
struct uiddb *uiddb_open(const char *dir, bool read_only, struct err *err);
void uiddb_close(struct uiddb *db);

/* Was the database made by this uiddb_open()? Then no folder is known. */
bool uiddb_is_new(const struct uiddb *db);
/*
 * Did the last call fail because the database is damaged, or because another process has renamed
 * it? Then nothing works until it is set aside, closed and opened again.
 */
bool uiddb_is_damaged(const struct uiddb *db);
/*
 * Renames the damaged database, unless another process has done so; the next uiddb_open() makes a
 * new one. The caller closes DB. Not in a transaction. -1 on error.
 */
int uiddb_set_aside(struct uiddb *db, struct err *err);
/*
 * The path to which uiddb_open() or uiddb_set_aside() renamed a damaged database; it lives as long
 * as DB. NULL: no database was renamed.
 */
const char *uiddb_set_aside_as(const struct uiddb *db);

/*
 * Runs WORK in one transaction, and commits it durably if WORK returns 0; otherwise nothing has
 * changed. WORK may be run several times, because the map may have to grow, so each run must set
 * all its results anew.
 */
typedef int uiddb_work(struct uiddb *db, void *context, struct err *err);
int uiddb_write(struct uiddb *db, uiddb_work *work, void *context, struct err *err);
/* The same for reading: WORK sees a consistent state and cannot change it. */
int uiddb_read(struct uiddb *db, uiddb_work *work, void *context, struct err *err);

/* ---- in a transaction ---- */

struct uiddb_folder {
	uint32_t id, uidvalidity, uidnext;
};

/* 1 found, 0 not there, -1 error. */
int uiddb_find_folder(
	struct uiddb *db, struct str directory, struct uiddb_folder *folder, struct err *err);
/* Finds the folder, or makes it with a new UIDVALIDITY. */
int uiddb_make_folder(
	struct uiddb *db, struct str directory, struct uiddb_folder *folder, struct err *err);

/* Raises UIDNEXT to NEXT, unless it is already as high. */
int uiddb_raise_next(struct uiddb *db, struct str directory, struct uiddb_folder *folder,
	uint32_t next, struct err *err);
/* The largest UIDVALIDITY that a folder of this mailbox has, or ever had; 0: none yet. */
int uiddb_newest_uidvalidity(struct uiddb *db, uint32_t *uidvalidity, struct err *err);
/* Gives the folder another UIDVALIDITY: all its UIDs are removed; UIDNEXT stays. */
int uiddb_reset_folder(struct uiddb *db, struct str directory, struct uiddb_folder *folder,
	uint32_t uidvalidity, struct err *err);

/*
 * Did the last call fail because a folder has given its last UID? Then only a new UIDVALIDITY
 * helps.
 */
bool uiddb_is_exhausted(const struct uiddb *db);

/* Gives the next UID of the folder to BASE; FOLDER's uidnext goes up by one. */
int uiddb_give_uid(struct uiddb *db, struct str directory, struct uiddb_folder *folder,
	struct str base, uint32_t *uid, struct err *err);
/* 1 found, 0 not there, -1 error. */
int uiddb_find_uid(
	struct uiddb *db, uint32_t folder, struct str base, uint32_t *uid, struct err *err);
/*
 * The base name that has UID. It lives until the transaction ends or writes. 1 found, 0 not there,
 * -1 error.
 */
int uiddb_find_base(
	struct uiddb *db, uint32_t folder, uint32_t uid, struct str *base, struct err *err);
/*
 * Records that BASE has UID, because the IMAP server's file says so. Older pairs of either are
 * removed. UIDNEXT does not change: the caller raises it.
 */
int uiddb_set_uid(
	struct uiddb *db, uint32_t folder, uint32_t uid, struct str base, struct err *err);
/* Removes the pair; it is not an error if it does not exist. Its UID is never given again. */
int uiddb_forget(struct uiddb *db, uint32_t folder, struct str base, struct err *err);

typedef bool uiddb_visit_folder(
	void *context, struct str directory, const struct uiddb_folder *folder);
int uiddb_walk_folders(struct uiddb *db, uiddb_visit_folder *visit, void *context, struct err *err);
/* In the order of UIDs, from FIRST_UID on; VISIT returns false to stop. */
typedef bool uiddb_visit_uid(void *context, uint32_t uid, struct str base);
int uiddb_walk_uids(struct uiddb *db, uint32_t folder, uint32_t first_uid, uiddb_visit_uid *visit,
	void *context, struct err *err);

/*
 * A digest (UIDDB_DIGEST bytes) of the content of the file that has UID, by which the file is
 * recognised after it was renamed. It is removed with the pair. 1 done or found, 0 there is no such
 * UID or it has no digest, -1 error.
 */
int uiddb_set_digest(struct uiddb *db, uint32_t folder, uint32_t uid, const unsigned char *digest,
	struct err *err);
int uiddb_get_digest(
	struct uiddb *db, uint32_t folder, uint32_t uid, unsigned char *digest, struct err *err);

/* Everything that is to be known of a folder. */
struct uiddb_entry {
	struct str base;
	const unsigned char *digest; /* or NULL */
	uint32_t uid;
};
struct uiddb_contents {
	uint32_t uidvalidity, uidnext;
	const struct uiddb_entry
		*entries; /* in ascending order, below uidnext, no UID and no name twice */
	size_t count;
	struct str mark; /* see uiddb_put_mark(); may be empty */
};
/*
 * NOT in a transaction, because it makes several. Replaces what is known of the folder, while the
 * caller holds the mailbox's lock. If the process is killed before the end, nothing has changed;
 * the next call removes what was half written. It works for millions of UIDs.
 */
int uiddb_replace_folder(struct uiddb *db, struct str directory,
	const struct uiddb_contents *contents, struct err *err);

/*
 * Is the database's file another one than at uiddb_note_file(), or (only in uiddb_read()) has
 * another program changed it? Then it is an old copy that does not know which UIDs were given
 * since. 1, 0, -1 on error.
 */
int uiddb_is_copy(struct uiddb *db, struct err *err);
int uiddb_note_file(struct uiddb *db, struct err *err);

/*
 * How far the IMAP server's file of the folder was read: bytes that are not interpreted here. They
 * live until the transaction ends. 1 found, 0 not there, -1 error. Putting an empty mark removes
 * it.
 */
int uiddb_get_mark(struct uiddb *db, uint32_t folder, struct str *mark, struct err *err);
int uiddb_put_mark(struct uiddb *db, uint32_t folder, struct str mark, struct err *err);

/* The record lives until the transaction ends. 1 found, 0 not there, -1 error. */
int uiddb_get_record(
	struct uiddb *db, const unsigned char *id, struct str *record, struct err *err);
int uiddb_put_record(struct uiddb *db, const unsigned char *id, struct str record, struct err *err);
/* It is not an error if the record does not exist. */
int uiddb_remove_record(struct uiddb *db, const unsigned char *id, struct err *err);
/*
 * Looks at the few records that follow ID, and removes those for which EXPIRED returns true. Ids
 * are digests, so the place is random: each delivery removes a little more than it adds.
 */
typedef bool uiddb_expired(void *context, const unsigned char *id, struct str record);
int uiddb_prune_records(struct uiddb *db, const unsigned char *id, uiddb_expired *expired,
	void *context, struct err *err);

#endif
