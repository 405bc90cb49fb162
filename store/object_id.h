/*
 * Object ids of folders (RFC 8474), as IMAP clients see them: with Dovecot the GUID that stands in
 * its uidlist, else one made of the UIDVALIDITY, which no two folders of a mailbox share and which
 * goes along when a folder is renamed.
 */
#ifndef STORE_OBJECT_ID_H
#define STORE_OBJECT_ID_H

#include "base/arena.h"
#include "base/err.h"

/*
 * The folder whose object id is ID: 1 with its name in *FOLDER ("INBOX" for the INBOX), 0 there is
 * none, -1 when the UID database cannot be read.
 */
int object_id_find(const char *maildir, const char *state_dir, struct str id, struct arena *mem,
	struct str *folder, struct err *err);

#endif
