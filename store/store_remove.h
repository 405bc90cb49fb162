/*
 * Removes messages for good, as a reader's EXPUNGE does: the file goes, and an IMAP server finds
 * that when it looks at the folder the next time. Their UIDs are never given again. If the process
 * is killed in between, each message is either there with its UID, or gone; what may be left is a
 * UID without a message, and a quota's file that counts too much, which is corrected when it
 * matters.
 */
#ifndef STORE_STORE_REMOVE_H
#define STORE_STORE_REMOVE_H

#include "store/store.h"

enum { STORE_REMOVE_MOST = 200 }; /* messages at once: deliveries wait meanwhile */

struct store_removal {
	/*
	 * Its name in new/ or cur/. If a reader has renamed it meanwhile, for example because it
	 * was flagged, it is not removed.
	 */
	const char *file;
	bool in_cur;
	int64_t size;
	bool removed; /* set by store_remove() */
};

/*
 * Removes at most STORE_REMOVE_MOST messages from the directory DIRECTORY, which must exist. -1 on
 * error; those that were removed before are marked.
 */
int store_remove(struct store *s, struct str directory, struct store_removal *items, size_t count,
	struct err *err);

#endif
