/*
 * Lock files as IMAP servers make them: "<file>.lock" beside the file, made with O_EXCL, with
 * "pid:host" in it. They protect against other programs; our own processes use the mailbox's lock
 * (state.h).
 */
#ifndef STORE_DOTLOCK_H
#define STORE_DOTLOCK_H

#include "base/err.h"

#include <sys/types.h>

/* No process of another host holds a lock for so long without changing the lock or its file. */
enum { DOTLOCK_STALE_SECONDS = 120 };

struct dotlock {
	int dir;          /* owned by the caller, who keeps it open until the release */
	const char *file; /* what is locked; owned by the caller */
	int fd;           /* kept open, so that no other file gets its inode number */
	dev_t device;
	ino_t inode;
	bool held;
};

/*
 * Locks FILE in the directory DIR, and waits up to SECONDS for it. -1 when it does not get the lock
 * (temporary).
 *
 * A lock of a process of this host is broken only when the process is gone. A lock of another host
 * is broken when nothing changed under it for DOTLOCK_STALE_SECONDS, and nothing changes while we
 * watch it for a while, because the clock may have been set. An empty lock is broken after a few
 * seconds.
 */
int dotlock_take(
	struct dotlock *lock, int dir, const char *file, unsigned seconds, struct err *err);

/*
 * Do we still have the lock? A process that may have been suspended calls this before it writes,
 * because another host may have broken the lock. -1 when it is lost (temporary).
 */
int dotlock_check(const struct dotlock *lock, struct err *err);

/* Removes the lock, if it is held and nobody else has broken it. */
void dotlock_release(struct dotlock *lock);

#endif
