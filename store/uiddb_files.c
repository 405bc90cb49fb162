#include "store/uiddb_files.h"

#include "mda/base/io.h"
#include "store/state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* At least what LMDB makes of it: a header of some lines and the readers of uiddb.c, 64 bytes each. */
enum { LOCK_FILE_BYTES = 36 * 1024 };

static const char data_name[] = "data.mdb", making_name[] = "making";

static int fail(int e, const char *what, const char *dir, struct err *err)
{
	const char *dsn = e == ENOSPC ? "4.3.1" : e == EDQUOT ? "4.2.2" : NULL;
	return err_coded(
		err, FAULT_TEMP, dsn, "UID database %s: cannot %s: %s", dir, what, strerror(e));
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

int uiddb_files_prepare(const char *dir, struct err *err)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fail(errno, "open its directory", dir, err);
	int r = give_blocks(fd, dir, err);
	close(fd); /* a directory */
	return r;
}

/* 1 when there is none; LMDB would make an empty file one. One that is damaged is there. */
static int lacks_database(int dirfd, const char *dir, struct err *err)
{
	struct stat st;
	if (fstatat(dirfd, data_name, &st, 0) == 0)
		return st.st_size == 0;
	return errno == ENOENT ? 1 : fail(errno, "look at it", dir, err);
}

/* Takes the lock and looks again: another delivery may have made it meanwhile. */
static int claim(int dirfd, const char *dir, int *lock, struct err *err)
{
	*lock = state_lock(dirfd, err);
	if (*lock < 0)
		return err ? err_temp(err, "UID database %s: %s", dir, err->text) : -1;
	int lacks = lacks_database(dirfd, dir, err);
	if (lacks == 1)
		return 1;
	close(*lock); /* nothing was written */
	*lock = -1;
	return lacks;
}

/* What an attempt that died left there goes. */
static int make_directory(int dirfd, const char *dir, struct err *err)
{
	static const char *const leftovers[] = {"making/data.mdb", "making/lock.mdb"};
	for (size_t i = 0; i < 2; i++)
		if (unlinkat(dirfd, leftovers[i], 0) < 0 && errno != ENOENT)
			return fail(errno, "remove what was half made", dir, err);
	if (mkdirat(dirfd, making_name, 0700) < 0 && errno != EEXIST)
		return fail(errno, "make a directory in", dir, err);
	return 0;
}

static int need_making(int dirfd, const char *dir, int *lock, struct err *err)
{
	int lacks = lacks_database(dirfd, dir, err);
	if (lacks == 1)
		lacks = claim(dirfd, dir, lock, err);
	if (lacks != 1 || make_directory(dirfd, dir, err) == 0)
		return lacks;
	close(*lock); /* nothing was written */
	*lock = -1;
	return -1;
}

int uiddb_files_need_making(const char *dir, char *making, size_t size, int *lock, struct err *err)
{
	*lock = -1;
	if (snprintf(making, size, "%s/%s", dir, making_name) >= (int)size)
		return err_temp(err, "the path %.200s is too long", dir);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fail(errno, "open its directory", dir, err);
	int r = need_making(fd, dir, lock, err);
	close(fd); /* a directory */
	return r;
}

int uiddb_files_install(const char *dir, const char *making, struct err *err)
{
	char from[PATH_MAX], to[PATH_MAX];
	if (snprintf(from, sizeof from, "%s/%s", making, data_name) >= (int)sizeof from ||
		snprintf(to, sizeof to, "%s/%s", dir, data_name) >= (int)sizeof to)
		return err_temp(err, "the path %.200s is too long", dir);
	if (rename(from, to) < 0)
		return fail(errno, "move it to its place", dir, err);
	snprintf(from, sizeof from, "%s/lock.mdb", making);
	/* An empty directory that stays does no harm. */
	(void)unlink(from);
	(void)rmdir(making);
	return io_fsync_dir(dir, err);
}
