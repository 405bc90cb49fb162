/* The state directory of a mailbox: it holds the UID database and the mailbox's lock. */
#ifndef STORE_STATE_H
#define STORE_STATE_H

#include "base/arena.h"
#include "base/err.h"

/* The default state directory of MAILDIR: "<dir>/.<base name>.mda". In MEM. */
const char *state_default(const char *maildir, struct arena *mem);

/*
 * Opens the directory. A missing one is made, for its owner alone or for the group that may write
 * to the open MAILDIR. Returns the descriptor, or -1.
 */
int state_open(const char *dir, int maildir, struct err *err);

/*
 * Takes the mailbox's lock, and waits up to a minute for it. A delivery holds it from giving UIDs
 * until the messages are in place. Closing the descriptor releases it. -1 on failure.
 */
int state_lock(int state, struct err *err);

/*
 * Locks the delivery with the key KEY (the first bytes of its id) until the descriptor is closed.
 * If another process carries it out, it WAITS up to a minute, or fails at once. -1 on failure.
 */
int state_lock_delivery(int state, const unsigned char *key, bool waits, struct err *err);

/*
 * Makes sure that no other tool works on the mailbox until the descriptor is closed. -1 at once
 * when another one does.
 */
int state_lock_tool(int state, struct err *err);

/*
 * Waits until the delivery that holds the lock, if any, is done. Needs no right to write. -1 on
 * failure.
 */
int state_wait(int state, struct err *err);

#endif
