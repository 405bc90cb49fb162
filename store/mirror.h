/*
 * Keeps the UID database and the IMAP server's UID file the same, one folder at a time. Clients see
 * the server's UIDs, so those win; ours are added to its file. mirror.c explains why nothing is
 * lost when a process is killed in between.
 */
#ifndef STORE_MIRROR_H
#define STORE_MIRROR_H

#include "base/arena.h"
#include "base/err.h"
#include "store/store.h"
#include "store/uiddb.h"

/* The UID file of one folder, while we hold the server's lock. */
struct mirror;

/*
 * Must the UIDs of a folder be agreed on in a file, because there is an IMAP server or another
 * database? Without a server that file is mda-uids (see backup.h). FOLDER is open; DIRECTORY is its
 * name below the Maildir.
 */
bool mirror_is_needed(const struct store *s, int folder, struct str directory);

/*
 * Takes the server's lock of the folder, and waits up to a minute for it. The directory FOLDER must
 * stay open until mirror_close(); DIRECTORY is its name in the database. With STORE_SERVER_NONE the
 * file is mda-uids. NULL on failure.
 */
struct mirror *mirror_open(
	enum store_server server, int folder, struct str directory, struct err *err);
/* Is the file mda-uids, so that no other copy is needed? */
bool mirror_is_backup(const struct mirror *m);
/* Does the server have a file for the folder, whose UIDs mirror_read() will take over? */
bool mirror_has_file(const struct mirror *m);
/*
 * Call it after mirror_read() was committed: store_say() reports if the server's UIDVALIDITY
 * replaced ours, or if its file was older than the database.
 */
void mirror_tell(const struct mirror *m, struct store *s);
/* Releases the lock and frees M. */
void mirror_close(struct mirror *m);

/*
 * In a writing transaction: takes over what the server has assigned since the last time. May change
 * all numbers in FOLDER. It starts again when the transaction does. -1 on error.
 */
int mirror_read(struct mirror *m, struct uiddb *db, struct uiddb_folder *folder, struct err *err);
/* Later in the same transaction: BASE was given UID, and the server's file must get it. */
void mirror_add(struct mirror *m, uint32_t uid, struct str base);

/*
 * After the commit and before the messages are shown: writes what was added, durably. -1 on error.
 */
int mirror_write(struct mirror *m, struct uiddb *db, struct err *err);

/*
 * After the folder's UIDs were replaced in the database: writes the server's file anew from it. Not
 * in a transaction. -1 on error.
 */
int mirror_rewrite(struct mirror *m, struct uiddb *db, struct err *err);

#endif
