/* Gives UIDs to messages that another program stored, so that each is learned once. */
#ifndef MDA_TOOLS_LEARN_LEARN_UIDS_H
#define MDA_TOOLS_LEARN_LEARN_UIDS_H

#include "mda/tools/learn/learn_folder.h"

/*
 * If no IMAP server gives UIDs, messages that a client or script stored have none. This gives them
 * UIDs as `mda-reindex repair` does, in the folder DIRECTORY, or in all folders if that is NULL. It
 * does nothing if there is a server, no Maildir or no such folder. -1 on error.
 */
int learn_give_uids(const struct learn_place *place, const struct str *directory, struct arena *mem,
	struct err *err);

#endif
