#include "base/lock.h"

#include "base/io.h"

#include <errno.h>
#include <sys/file.h>
#include <time.h>

static int try_file(int fd, const struct flock *range)
{
	(void)range;
	return flock(fd, LOCK_EX | LOCK_NB);
}

static int try_range(int fd, const struct flock *range)
{
	return fcntl(fd, F_OFD_SETLK, range);
}

static int wait_for(int fd, int (*try)(int fd, const struct flock *range),
	const struct flock *range, const struct lock_wait *wait)
{
	struct timespec pause = {.tv_nsec = wait->first_pause};
	const long long deadline = io_microseconds() + wait->seconds * 1000000LL;
	while (try(fd, range) < 0) {
		if (errno != EWOULDBLOCK && errno != EACCES && errno != EINTR)
			return -1;
		if (io_microseconds() > deadline) {
			errno = EWOULDBLOCK;
			return -1;
		}
		nanosleep(&pause, NULL); /* a shorter pause does no harm */
		if (pause.tv_nsec < wait->longest_pause)
			pause.tv_nsec *= 2;
	}
	return 0;
}

int lock_file(int fd, const struct lock_wait *wait)
{
	return wait_for(fd, try_file, NULL, wait);
}

int lock_range(int fd, const struct flock *range, const struct lock_wait *wait)
{
	return wait_for(fd, try_range, range, wait);
}
