/*
 * A folder's UIDs as text, in its directory: the file mda-uids, in the syntax of dovecot-uidlist
 * version 3. From it a lost database is restored; it goes with the folder when that is copied or
 * renamed, and a person can read it.
 *
 * Each delivery appends what the database has above the file's last UID, so that a kill in between
 * is made up for by the next one. It is not synced, as the database is: both must be lost before it
 * matters. What a power failure may then have taken from its end is why UIDNEXT goes up by
 * BACKUP_GAP when it is read.
 */
#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H

#include "base/arena.h"
#include "base/err.h"
#include "store/uiddb.h"

enum { BACKUP_GAP = 10000 };

extern const char backup_name[];

/*
 * Brings the file in the directory FOLDER up to what the database has of it (DIRECTORY is its name
 * there). With the mailbox's lock held, not within a transaction. What is missing, damaged, or of
 * another UIDVALIDITY is written anew. A file that is not ours to read, as of another version, is
 * renamed; then *KEPT is set (NULL: nobody asks).
 */
int backup_update(int folder, struct uiddb *db, struct str directory, bool *kept, struct err *err);
/*
 * Was it written by mirror.c, so that several databases agree on UIDs in it? Then it is synced, and
 * nobody changes it without its lock. It has a header field that what is written here has not.
 */
bool backup_is_shared(int folder);
/* Writes it anew in any case, durably: after UIDs have changed. */
int backup_rewrite(int folder, struct uiddb *db, struct str directory, struct err *err);

/* What is known of the file at little cost: its first line and its last. */
struct backup_ends {
	uint32_t uidvalidity, last_uid;
};
/* 1 read, 0 there is none that could be used, -1 error. */
int backup_read_ends(int folder, struct backup_ends *ends, struct err *err);

/* UIDNEXT behind the gap; never back, and never at the end of all UIDs. */
uint32_t backup_behind_gap(uint32_t next);

/*
 * Reads it, for uiddb_replace_folder(); all in MEM. 1 read, 0 there is none, or one that cannot be
 * used: then *WHY says so, else it is NULL. A damaged end is left out. -1 when the file cannot be
 * read.
 */
int backup_read(int folder, struct arena *mem, struct uiddb_contents *contents, const char **why,
	struct err *err);

#endif
