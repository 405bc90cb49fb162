/*
 * A folder's UIDs as text in its directory: the file mda-uids, in the syntax of dovecot-uidlist
 * version 3. A lost database is restored from it. It goes along when the folder is copied or
 * renamed, and a person can read it.
 *
 * Each delivery appends all UIDs that the database has and the file does not, so a delivery that
 * was killed in between is made up for by the next one. The file is not synced, because the
 * database is: data is lost only if both are damaged. After a power failure the end of the file may
 * be missing, so UIDNEXT is raised by BACKUP_GAP when the file is read.
 */
#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H

#include "base/arena.h"
#include "base/err.h"
#include "store/uiddb.h"

enum { BACKUP_GAP = 10000 };

extern const char backup_name[];

/*
 * Brings the file in the directory FOLDER up to date with the database, which knows the folder as
 * DIRECTORY. The caller holds the mailbox's lock and is not in a transaction. A file that is
 * missing, damaged or of another UIDVALIDITY is written anew. A file that we cannot read, such as
 * one of another version, is renamed first, and *KEPT is set (KEPT may be NULL). -1 on error.
 */
int backup_update(int folder, struct uiddb *db, struct str directory, bool *kept, struct err *err);
/*
 * Did mirror.c write the file, because several databases agree on UIDs in it? Then it is synced,
 * and is changed only under its lock. A header field that mirror.c writes shows this.
 */
bool backup_is_shared(int folder);
/* Writes the file anew in any case, and syncs it: after UIDs have changed. -1 on error. */
int backup_rewrite(int folder, struct uiddb *db, struct str directory, struct err *err);

/* What can be read cheaply: the file's first line and its last. */
struct backup_ends {
	uint32_t uidvalidity, last_uid;
};
/* 1 read, 0 there is no usable file, -1 error. */
int backup_read_ends(int folder, struct backup_ends *ends, struct err *err);

/* UIDNEXT raised by the gap. Never lower than NEXT, and never past the last UID. */
uint32_t backup_after_gap(uint32_t next);

/*
 * Reads the file for uiddb_replace_folder(); everything is in MEM. 1 read, 0 there is no usable
 * file (*WHY has the reason if there is one, else NULL), -1 it cannot be read. A damaged end is
 * left out.
 */
int backup_read(int folder, struct arena *mem, struct uiddb_contents *contents, const char **why,
	struct err *err);

#endif
