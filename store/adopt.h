/*
 * A folder that the database does not know: it is new, another program made it, or the database was
 * lost. Or it has the name of a known folder that was renamed or deleted. Its UIDs come from the
 * IMAP server's file, else from mda-uids. If neither knows them, the messages get new UIDs under a
 * UIDVALIDITY that the mailbox never had.
 */
#ifndef STORE_ADOPT_H
#define STORE_ADOPT_H

#include "store/mirror.h"
#include "store/store_inside.h"

/*
 * Makes sure that the database knows the folder, whose directory is open as FOLDER. The caller
 * holds the mailbox's lock and is not in a transaction. MIRROR is the folder's file of UIDs, which
 * the caller takes over if it is there; NULL: nobody else gives UIDs. store_say() reports what
 * happened to messages that were there. Returns 1 when nothing was known of the folder, so that all
 * its messages have new UIDs and each UID has a file; 0 otherwise; -1 on error.
 */
int adopt_folder(struct store *s, int folder, struct str directory, const struct mirror *mirror,
	struct err *err);

/*
 * The folder has given its last UID: all its messages get new UIDs, from 1 on, under a new
 * UIDVALIDITY, and store_say() reports it. MIRROR (NULL: none) is the server's file; the caller
 * must open it again afterwards.
 */
int adopt_anew(
	struct store *s, int folder, struct str directory, struct mirror *mirror, struct err *err);

#endif
