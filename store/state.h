/* The state directory of a mailbox: it holds the UID database and the mailbox's lock. */
#ifndef STORE_STATE_H
#define STORE_STATE_H

#include "base/arena.h"
#include "base/err.h"

/* The usual place for that of MAILDIR: "<dir>/.<base name>.mda". In MEM. */
const char *state_default(const char *maildir, struct arena *mem);

/*
 * Opens the directory. A missing one is made: for its owner alone, or for the group that may write
 * to the open MAILDIR. The descriptor, or -1.
 */
int state_open(const char *dir, int maildir, struct err *err);

/*
 * Takes the mailbox's lock, which a delivery holds from giving UIDs until the messages are in
 * place, and waits for it up to a minute. Closing the descriptor gives it back. -1 on failure.
 */
int state_lock(int state, struct err *err);

/*
 * Waits, up to a minute, until no other process carries out the delivery that KEY (the first bytes
 * of its id) stands for, and is the one that does until the descriptor is closed. -1 on failure.
 */
int state_lock_delivery(int state, const unsigned char *key, struct err *err);

/*
 * Is the only tool that works on the mailbox until the descriptor is closed; -1 at once when
 * another one does.
 */
int state_lock_tool(int state, struct err *err);

/*
 * Waits until the delivery that has the lock, if one has, is done with it; needs no right to write.
 */
int state_wait(int state, struct err *err);

#endif
