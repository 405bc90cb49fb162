#include "store/uiddb_files.h"

#include "store/state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* At least what LMDB makes of it: a header of some lines and the readers of uiddb.c, 64 bytes each. */
enum { LOCK_FILE_BYTES = 36 * 1024, META_PAGES = 2 };

static int fail(int e, const char *what, const char *dir, struct err *err)
{
	const char *dsn = e == ENOSPC ? "4.3.1" : e == EDQUOT ? "4.2.2" : NULL;
	return err_coded(
		err, FAULT_TEMP, dsn, "UID database %s: cannot %s: %s", dir, what, strerror(e));
}

/* The first thing that LMDB writes is the two meta pages; with less, no UID was ever given. */
static bool is_made(int dirfd)
{
	struct stat st;
	return fstatat(dirfd, "data.mdb", &st, 0) == 0 &&
	       st.st_size >= META_PAGES * sysconf(_SC_PAGESIZE);
}

/* Only who holds the mailbox's lock makes or removes a database, so nobody's is taken away. */
static int start_anew(int dirfd, const char *dir, int *lock, struct err *err)
{
	*lock = state_lock(dirfd, err);
	if (*lock < 0)
		return err ? err_temp(err, "UID database %s: %s", dir, err->text) : -1;
	if (is_made(dirfd)) {
		close(*lock); /* nothing was written */
		*lock = -1;
	} else if (unlinkat(dirfd, "data.mdb", 0) < 0 && errno != ENOENT) {
		return fail(errno, "remove what was half made", dir, err);
	}
	return 0;
}

static int give_blocks(int dirfd, const char *dir, struct err *err)
{
	struct stat st;
	int fd = openat(dirfd, "lock.mdb", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail(errno, "open the lock file", dir, err);
	int e = fstat(fd, &st) < 0 ? errno : 0;
	if (e == 0 && st.st_blocks * 512 < LOCK_FILE_BYTES)
		e = posix_fallocate(fd, 0, LOCK_FILE_BYTES);
	close(fd); /* nothing was written */
	return e ? fail(e, "make the lock file", dir, err) : 0;
}

int uiddb_files_prepare(const char *dir, int *lock, struct err *err)
{
	*lock = -1;
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fail(errno, "open its directory", dir, err);
	int r = is_made(fd) ? 0 : start_anew(fd, dir, lock, err);
	if (r == 0)
		r = give_blocks(fd, dir, err);
	if (r < 0 && *lock >= 0) {
		close(*lock); /* nothing was written */
		*lock = -1;
	}
	close(fd); /* a directory */
	return r;
}
