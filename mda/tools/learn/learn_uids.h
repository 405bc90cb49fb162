/* UIDs for messages that another program stored, so that each is learned from once. */
#ifndef MDA_TOOLS_LEARN_LEARN_UIDS_H
#define MDA_TOOLS_LEARN_LEARN_UIDS_H

#include "mda/tools/learn/learn_folder.h"

/*
 * Without an IMAP server that gives UIDs, what a client or a script put into the mailbox has none
 * until somebody gives it one: as `mda-reindex repair` does, in the folder DIRECTORY, or in all
 * when that is NULL. Nothing is done where there is a server, no Maildir or no such folder. -1 on
 * error.
 */
int learn_give_uids(const struct learn_place *place, const struct str *directory, struct arena *mem,
	struct err *err);

#endif
