/*
 * The messages of a folder by UID. The UIDs are those in the IMAP server's file, or else in our
 * database.
 */
#ifndef MDA_TOOLS_LEARN_LEARN_FOLDER_H
#define MDA_TOOLS_LEARN_LEARN_FOLDER_H

#include "base/arena.h"
#include "base/err.h"
#include "store/store.h"

struct learn_message {
	uint32_t uid;
	struct str base;  /* the base name of its file */
	const char *path; /* of the file; NULL: it is gone */
};

struct learn_folder {
	uint32_t uidvalidity;
	struct learn_message *messages; /* by UID */
	size_t count;
};

/* Where a mailbox is. */
struct learn_place {
	const char *maildir, *state;
	enum store_server server;
};

/*
 * Reads the messages with UIDs above AFTER, or all of them if the folder's UIDVALIDITY is not
 * VALIDITY. 1; 0 if there are no UIDs yet; -1 on error.
 */
int learn_folder_read(const struct learn_place *place, struct str directory, uint32_t validity,
	uint32_t after, struct arena *mem, struct learn_folder *folder, struct err *err);

#endif
