#include "store/state.h"

#include "base/lock.h"
#include "base/path.h"
#include "base/share.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

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

/* Like the Maildir, it must not be a link itself. */
int state_open(const char *dir, int maildir, struct err *err)
{
	int fd = path_open_dir_itself(dir);
	if (fd < 0 && errno == ENOENT) {
		if (share_make_dir(dir, maildir, SHARE_STATE, err) < 0)
			return -1;
		fd = path_open_dir_itself(dir);
	}
	if (fd < 0)
		return err_temp(
			err, "cannot open the state directory %s: %s", dir, beneath_why(errno));
	return fd;
}

/*
 * A lock of the open file description, which ends with its process at the latest. The file stays
 * empty.
 */
static int wait_for(int fd, const struct flock *range, struct err *err)
{
	const struct lock_wait wait = {60, 1000000, 1000000};
	if (lock_range(fd, range, &wait) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		return err_temp(err,
			"the mailbox has been locked by another process for %u seconds",
			wait.seconds);
	return err_temp(err, "cannot lock the mailbox: %s", beneath_why(errno));
}

static struct flock range_at(off_t at)
{
	return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = 1};
}

static int open_lock(int state, struct err *err)
{
	int fd = share_open(state, lock_name, O_RDWR | O_CREAT, state, SHARE_STATE);
	if (fd < 0)
		err_temp(err, "cannot open the mailbox's lock: %s", beneath_why(errno));
	return fd;
}

static int lock_byte(int state, off_t at, struct err *err)
{
	const struct flock range = range_at(at);
	int fd = open_lock(state, err);
	if (fd < 0 || wait_for(fd, &range, err) == 0)
		return fd;
	close(fd); /* nothing was written */
	return -1;
}

/* Without waiting; BUSY says who holds it. */
static int try_byte(int state, off_t at, const char *busy, struct err *err)
{
	struct flock range = range_at(at);
	int fd = open_lock(state, err);
	if (fd < 0 || fcntl(fd, F_OFD_SETLK, &range) == 0)
		return fd;
	err_temp(err, "%s", errno == EAGAIN || errno == EACCES ? busy : "cannot lock the mailbox");
	close(fd); /* nothing was written */
	return -1;
}

int state_lock(int state, struct err *err)
{
	return lock_byte(state, 0, err);
}

int state_lock_delivery(int state, const unsigned char *key, bool waits, struct err *err)
{
	off_t at = 1;
	for (size_t i = 0; i < 7; i++)
		at = at * 256 + key[i];
	if (waits)
		return lock_byte(state, at, err);
	return try_byte(state, at, "the same message is just being delivered", err);
}

/* This range comes after all bytes that are used for deliveries. */
int state_lock_tool(int state, struct err *err)
{
	return try_byte(
		state, (off_t)1 << 60, "another mda-reindex is working on this mailbox", err);
}

int state_wait(int state, struct err *err)
{
	const struct flock range = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_len = 1};
	int fd = beneath_open(state, lock_name, O_RDONLY, 0);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return err_temp(err, "cannot open the mailbox's lock: %s", beneath_why(errno));
	int r = wait_for(fd, &range, err);
	close(fd); /* nothing was written */
	return r;
}
