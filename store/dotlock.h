/*
 * Lock files as IMAP servers make them: "<file>.lock" beside the file, made with O_EXCL, with
 * "pid:host" in it. They hold against other programs; among our own processes the mailbox's lock
 * (state.h) does.
 */
#ifndef STORE_DOTLOCK_H
#define STORE_DOTLOCK_H

#include "base/err.h"

#include <sys/types.h>

/* Nobody on another host keeps such a lock, or leaves its file alone, for so long. */
enum { DOTLOCK_STALE_SECONDS = 120 };

struct dotlock {
	int dir;          /* the caller's, open until the release */
	const char *file; /* what is locked; the caller's */
	int fd;           /* open while it is held: so no other file gets the number of its inode */
	dev_t device;
	ino_t inode;
	bool held;
};

/*
 * Locks FILE in the directory DIR and waits for it up to SECONDS. The lock of a process of this
 * host is broken when that is gone, and never else; that of another host when nothing happened
 * under it for DOTLOCK_STALE_SECONDS, and nothing while we look at it for some time, as the clock
 * may have stepped; an empty one after a few seconds. -1 when it does not come (temporary).
 */
int dotlock_take(
	struct dotlock *lock, int dir, const char *file, unsigned seconds, struct err *err);

/*
 * Is it still ours? Whoever stood still for long asks before they write: another host may have
 * taken it meanwhile. -1 when it is not (temporary).
 */
int dotlock_check(const struct dotlock *lock, struct err *err);

/* Gives it back if it is held, and was not broken by another. */
void dotlock_release(struct dotlock *lock);

#endif
