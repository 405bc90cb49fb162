#include "store/state.h"

#include "mda/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

enum { LOCK_SECONDS = 60 };

static const char lock_name[] = "lock";

const char *state_default(const char *maildir, struct arena *mem)
{
	struct str path = str_of(maildir);
	while (path.n > 1 && path.p[path.n - 1] == '/')
		path.n--;
	size_t slash = str_rfind(path, '/');
	size_t base = slash < path.n ? slash + 1 : 0;
	return arena_fmt(
		mem, STR_FMT ".%.*s.mda", (int)base, path.p, (int)(path.n - base), path.p + base)
		.p;
}

int state_open(const char *dir, struct err *err)
{
	const int how = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	int fd = open(dir, how);
	if (fd < 0 && errno == ENOENT) {
		if (io_make_dirs(dir, 0700, err) < 0)
			return -1;
		fd = open(dir, how);
	}
	if (fd < 0)
		return err_temp(
			err, "cannot open the state directory %s: %s", dir, strerror(errno));
	return fd;
}

static int wait_for(int fd, int operation, struct err *err)
{
	const struct timespec nap = {.tv_nsec = 1000000};
	const long long deadline = io_microseconds() + LOCK_SECONDS * 1000000LL;
	while (flock(fd, operation | LOCK_NB) < 0) {
		if (errno != EINTR && errno != EWOULDBLOCK)
			return err_temp(err, "cannot lock the mailbox: %s", strerror(errno));
		if (io_microseconds() > deadline)
			return err_temp(err,
				"the mailbox is locked by another process for %d seconds",
				LOCK_SECONDS);
		nanosleep(&nap, NULL);
	}
	return 0;
}

int state_lock(int state, struct err *err)
{
	int fd = openat(state, lock_name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_temp(err, "cannot open the mailbox's lock: %s", strerror(errno));
	if (wait_for(fd, LOCK_EX, err) == 0)
		return fd;
	close(fd); /* nothing was written */
	return -1;
}

int state_wait(int state, struct err *err)
{
	int fd = openat(state, lock_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return err_temp(err, "cannot open the mailbox's lock: %s", strerror(errno));
	int r = wait_for(fd, LOCK_SH, err);
	close(fd); /* nothing was written */
	return r;
}
