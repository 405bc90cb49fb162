/*
 * Ends processes without waiting for them: one that waits for a disk dies late. Until it is reaped
 * its number is not given to another process, so nothing else may reap it.
 */
#ifndef MDA_SERVER_REAPER_H
#define MDA_SERVER_REAPER_H

#include <sys/types.h>

/* Kills a child that is not reaped yet; it may have ended by itself. */
void reaper_end(pid_t pid);
/* Reaps those that are dead; for SIGCHLD. Does not wait. */
void reaper_reap(void);

#endif
