/* Waiting for a lock, but not for ever. */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include <fcntl.h>

/* How long to wait. The pause between two tries doubles from the first to the longest. */
struct lock_wait {
	unsigned seconds;
	long first_pause, longest_pause; /* nanoseconds, less than a second */
};

/*
 * Locks the open file, exclusively, by flock(). Returns 0, or -1 with errno: EWOULDBLOCK if others
 * held the lock for all that time.
 */
int lock_file(int fd, const struct lock_wait *wait);

/* The same for RANGE of the file, by a lock of the open file description. */
int lock_range(int fd, const struct flock *range, const struct lock_wait *wait);

#endif
