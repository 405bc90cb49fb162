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

enum { UIDDB_JOURNAL_KEY = 32, UIDDB_DIGEST = 16 };

/*
 * Opens the database in DIR, which exists. Unless READ_ONLY, one that is missing is made, and one
 * that is damaged is set aside and another one made. NULL on error (always temporary): no local
 * file system, not ours to write. One process may not open it twice at a time.
 */
struct uiddb *uiddb_open(const char *dir, bool read_only, struct err *err);
void uiddb_close(struct uiddb *db);

/* It was made by this uiddb_open(): nothing is known of any folder. */
bool uiddb_is_new(const struct uiddb *db);
/*
 * What just failed failed because the database is damaged, or was set aside by another process:
 * nothing will work with it any more, but once it is set aside, closed and opened again.
 */
bool uiddb_is_damaged(const struct uiddb *db);
/*
 * Moves the damaged database out of the way, unless another process did so: the next uiddb_open()
 * makes a new one. DB is closed by the caller. Not within a transaction.
 */
int uiddb_set_aside(struct uiddb *db, struct err *err);
/*
 * Where uiddb_open() or uiddb_set_aside() moved a damaged one: a path that lives as long as DB;
 * NULL: none was.
 */
const char *uiddb_set_aside_as(const struct uiddb *db);

/*
 * Runs WORK in one transaction and commits it when it returns 0, durably; otherwise nothing has
 * happened. WORK may be run several times (the map may have to grow), so it must set all that it
 * hands out anew each time.
 */
typedef int uiddb_work(struct uiddb *db, void *context, struct err *err);
int uiddb_write(struct uiddb *db, uiddb_work *work, void *context, struct err *err);
/* The same for a consistent view without changing anything. */
int uiddb_read(struct uiddb *db, uiddb_work *work, void *context, struct err *err);

/* ---- within a transaction ---- */

struct uiddb_folder {
	uint32_t id, uidvalidity, uidnext;
};

/* 1 found, 0 not there, -1 error. */
int uiddb_find_folder(
	struct uiddb *db, struct str directory, struct uiddb_folder *folder, struct err *err);
/* Finds it or makes it with a new UIDVALIDITY. */
int uiddb_make_folder(
	struct uiddb *db, struct str directory, struct uiddb_folder *folder, struct err *err);

/* Raises UIDNEXT to NEXT, unless it is as high already. */
int uiddb_raise_next(struct uiddb *db, struct str directory, struct uiddb_folder *folder,
	uint32_t next, struct err *err);
/* The largest UIDVALIDITY that a folder of this mailbox has, or ever had; 0: none yet. */
int uiddb_newest_uidvalidity(struct uiddb *db, uint32_t *uidvalidity, struct err *err);
/* Another UIDVALIDITY: all UIDs of the folder go, UIDNEXT stays. */
int uiddb_reset_folder(struct uiddb *db, struct str directory, struct uiddb_folder *folder,
	uint32_t uidvalidity, struct err *err);

/* What just failed failed because a folder has given its last UID: only a new UIDVALIDITY helps. */
bool uiddb_is_exhausted(const struct uiddb *db);

/* Gives the next UID of the folder to BASE; FOLDER's uidnext goes up by one. */
int uiddb_give_uid(struct uiddb *db, struct str directory, struct uiddb_folder *folder,
	struct str base, uint32_t *uid, struct err *err);
/* 1 found, 0 not there, -1 error. */
int uiddb_find_uid(
	struct uiddb *db, uint32_t folder, struct str base, uint32_t *uid, struct err *err);
/*
 * The name that has UID; it lives until the transaction ends or writes. 1 found, 0 not there, -1
 * error.
 */
int uiddb_find_base(
	struct uiddb *db, uint32_t folder, uint32_t uid, struct str *base, struct err *err);
/*
 * Records that BASE has UID, as an IMAP server says; what either had before goes. UIDNEXT stays:
 * raise it.
 */
int uiddb_set_uid(
	struct uiddb *db, uint32_t folder, uint32_t uid, struct str base, struct err *err);
/* Takes the pair out; that it is not there is fine. Its UID is never given again. */
int uiddb_forget(struct uiddb *db, uint32_t folder, struct str base, struct err *err);

typedef bool uiddb_visit_folder(
	void *context, struct str directory, const struct uiddb_folder *folder);
int uiddb_walk_folders(struct uiddb *db, uiddb_visit_folder *visit, void *context, struct err *err);
/* In the order of UIDs, from FIRST_UID on; VISIT returns false to stop. */
typedef bool uiddb_visit_uid(void *context, uint32_t uid, struct str base);
int uiddb_walk_uids(struct uiddb *db, uint32_t folder, uint32_t first_uid, uiddb_visit_uid *visit,
	void *context, struct err *err);

/*
 * A digest (UIDDB_DIGEST bytes) of the content of the file that has UID: by it a file is known
 * again that was renamed. It goes with the pair. 1 done or found, 0 there is no such UID or it has
 * none, -1 error.
 */
int uiddb_set_digest(struct uiddb *db, uint32_t folder, uint32_t uid, const unsigned char *digest,
	struct err *err);
int uiddb_get_digest(
	struct uiddb *db, uint32_t folder, uint32_t uid, unsigned char *digest, struct err *err);

/* All that shall be known of a folder. */
struct uiddb_entry {
	struct str base;
	const unsigned char *digest; /* or NULL */
	uint32_t uid;
};
struct uiddb_contents {
	uint32_t uidvalidity, uidnext;
	const struct uiddb_entry
		*entries; /* UIDs strictly ascending and below uidnext, no name twice */
	size_t count;
	struct str mark; /* see uiddb_put_mark(); may be empty */
};
/*
 * NOT within a transaction, as it makes several: replaces what is known of the folder, with the
 * mailbox's lock held. Killed before its end, nothing has changed (what was half written is cleaned
 * up by the next one). For millions of UIDs.
 */
int uiddb_replace_folder(struct uiddb *db, struct str directory,
	const struct uiddb_contents *contents, struct err *err);

/*
 * Is the database's file another one than at uiddb_note_file(), or (in uiddb_read() alone) has
 * another program changed it: a copy that came back, which does not know what was given since? 1,
 * 0, -1 on error.
 */
int uiddb_is_copy(struct uiddb *db, struct err *err);
int uiddb_note_file(struct uiddb *db, struct err *err);

/*
 * How far the file of the folder's IMAP server was read: bytes that this file does not look into.
 * They live until the transaction ends. 1 found, 0 not there, -1 error. An empty mark takes it
 * away.
 */
int uiddb_get_mark(struct uiddb *db, uint32_t folder, struct str *mark, struct err *err);
int uiddb_put_mark(struct uiddb *db, uint32_t folder, struct str mark, struct err *err);

/* The record lives until the transaction ends. 1 found, 0 not there, -1 error. */
int uiddb_get_record(
	struct uiddb *db, const unsigned char *id, struct str *record, struct err *err);
int uiddb_put_record(struct uiddb *db, const unsigned char *id, struct str record, struct err *err);
/* That it is not there is fine. */
int uiddb_remove_record(struct uiddb *db, const unsigned char *id, struct err *err);
/*
 * Looks at the few records behind ID, a random place as ids are digests, and removes those for
 * which EXPIRED says so: each delivery cleans up a little more than it adds.
 */
typedef bool uiddb_expired(void *context, const unsigned char *id, struct str record);
int uiddb_prune_records(struct uiddb *db, const unsigned char *id, uiddb_expired *expired,
	void *context, struct err *err);

#endif
