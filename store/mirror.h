/*
 * Keeps the UID database and the UID file of the mailbox's IMAP server in step, one folder at a
 * time. The server's UIDs are those that clients see, so they win; ours are added to its file.
 * mirror.c says why nothing is lost in between.
 */
#ifndef STORE_MIRROR_H
#define STORE_MIRROR_H

#include "base/arena.h"
#include "base/err.h"
#include "store/store.h"
#include "store/uiddb.h"

/* One folder's file under the server's lock. */
struct mirror;

/*
 * Are the UIDs of a folder to be agreed on in a file: because there is an IMAP server, or another
 * database? Without a server that file is mda-uids (backup.h). FOLDER is open, DIRECTORY is its
 * name below the Maildir.
 */
bool mirror_is_needed(const struct store *s, int folder, struct str directory);

/*
 * Takes the server's lock of the folder (its directory FOLDER stays open until the end, DIRECTORY
 * is its name in the database) and waits for it up to a minute. NULL on failure. With
 * STORE_SERVER_NONE the file is mda-uids.
 */
struct mirror *mirror_open(
	enum store_server server, int folder, struct str directory, struct err *err);
/* Is the file mda-uids, so that it needs no other copy? */
bool mirror_is_backup(const struct mirror *m);
/* Has the server a file of the folder, whose UIDs mirror_read() takes over? */
bool mirror_has_file(const struct mirror *m);
/*
 * After mirror_read() was committed: says by store_say() when the server's UIDVALIDITY replaced
 * ours.
 */
void mirror_tell(const struct mirror *m, struct store *s);
/* Gives the lock back. */
void mirror_close(struct mirror *m);

/*
 * Within a writing transaction: takes over what the server assigned since the last time. May change
 * all of FOLDER's numbers. Starts anew when the transaction does.
 */
int mirror_read(struct mirror *m, struct uiddb *db, struct uiddb_folder *folder, struct err *err);
/* Within the same transaction, behind it: BASE was given UID, the server shall know. */
void mirror_add(struct mirror *m, uint32_t uid, struct str base);

/* After its commit, and before the messages are shown: writes what was added, durably. */
int mirror_write(struct mirror *m, struct uiddb *db, struct err *err);

/*
 * The folder's UIDs were replaced in the database: writes the server's file anew from it. Outside
 * of a transaction.
 */
int mirror_rewrite(struct mirror *m, struct uiddb *db, struct err *err);

#endif
