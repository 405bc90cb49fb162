/*
 * Adds many messages to one folder, such as those of an imported mailbox: they are written one by
 * one, and stored in batches. Each gets a UID in the order in which it was written, and is shown
 * when its bytes and its UID are on the disk. There is no journal: if the process is killed, what
 * was shown is in the folder, and the caller finds it there by its content when it runs again. What
 * may be left is a UID without a message, which IMAP allows, and files in tmp/, which cleanup.c
 * removes.
 */
#ifndef STORE_STORE_ADD_H
#define STORE_STORE_ADD_H

#include "store/store.h"

/* A batch: deliveries and readers wait while it is stored. */
enum { STORE_ADD_MOST = 200, STORE_ADD_BYTES = 64 * 1024 * 1024 };

struct store_add;

struct store_added {
	struct str bytes;
	unsigned flags; /* FLAG_... of verdict.h */
	struct str_list keywords;
	bool seen_before; /* not new for IMAP: it goes to cur/ even without flags */
	int64_t arrived;  /* seconds since 1970; IMAP's INTERNALDATE */
};

/*
 * Opens the directory DIRECTORY of S, and makes it if it is missing. NULL on error. S must stay
 * open.
 */
struct store_add *store_add_open(struct store *s, struct str directory, struct err *err);
/* Removes what was written and not stored, and frees A, which may be NULL. */
void store_add_close(struct store_add *a);

/* Writes a message to tmp/. -1 on error. */
int store_add_write(struct store_add *a, const struct store_added *m, struct err *err);
/* Is the batch large enough that store_add_commit() should be called? */
bool store_add_is_full(const struct store_add *a);
/*
 * Stores what was written since the last call, durably. *STORED is increased by the messages that
 * are stored, in their order. -1 on error: the others are not stored, and are removed by
 * store_add_close(). When the quota allows only some of them, those are stored first.
 */
int store_add_commit(struct store_add *a, size_t *stored, struct err *err);

#endif
