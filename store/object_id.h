/*
 * Object ids of folders (RFC 8474), as IMAP clients see them. With Dovecot this is the GUID in the
 * folder's uidlist. Otherwise it is made from the UIDVALIDITY: no two folders of a mailbox have the
 * same, and it stays when a folder is renamed.
 */
#ifndef STORE_OBJECT_ID_H
#define STORE_OBJECT_ID_H

#include "base/arena.h"
#include "base/err.h"

/*
 * Finds the folder with the object id ID: 1 and its name in *FOLDER ("INBOX" for the INBOX), 0
 * there is none, -1 when the UID database cannot be read.
 */
int object_id_find(const char *maildir, const char *state_dir, struct str id, struct arena *mem,
	struct str *folder, struct err *err);

#endif
