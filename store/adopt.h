/*
 * A folder that the database does not know: it is new, another program made it, or the database was
 * lost; or it has the name of one that the database knows, which was renamed or deleted. Its UIDs
 * then come from the IMAP server's file, else from mda-uids, and only else are they new ones, under
 * a UIDVALIDITY that the mailbox never had.
 */
#ifndef STORE_ADOPT_H
#define STORE_ADOPT_H

#include "store/mirror.h"
#include "store/store_inside.h"

/*
 * Makes sure that the database knows the folder, whose directory is open as FOLDER; with the
 * mailbox's lock held, not within a transaction. SERVER_KNOWS: the IMAP server has a file, from
 * which the caller takes the UIDs over. Says by store_say() what became of messages that were
 * there. 1 when nothing was known of them, so that all have new UIDs now and no UID is without its
 * file; else 0, or -1.
 */
int adopt_folder(
	struct store *s, int folder, struct str directory, bool server_knows, struct err *err);

/*
 * The folder has given its last UID: all its messages get new ones, from 1 on, under a new
 * UIDVALIDITY, which is said. MIRROR, which may be NULL, is the server's file; it must be opened
 * again behind this.
 */
int adopt_anew(
	struct store *s, int folder, struct str directory, struct mirror *mirror, struct err *err);

#endif
