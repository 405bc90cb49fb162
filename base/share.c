#include "base/share.h"

#include "base/io.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OWN_FILE = 0600, OWN_DIR = 0700, OPEN_TRIES = 8 };

/* The mode of something new, and the group that it must have; (gid_t)-1: any. */
struct share {
	mode_t mode;
	gid_t group;
};

/* If the group may do only what everybody may, the group does not matter. */
static bool group_matters(mode_t mode)
{
	return (mode & 0070) >> 3 != (mode & 0007);
}

static struct share share_of(int like, enum share_kind kind, mode_t own, mode_t most)
{
	struct stat st;
	struct share s = {own, (gid_t)-1};
	if (fstat(like, &st) < 0)
		return s;
	if (kind == SHARE_STATE)
		st.st_mode = st.st_mode & S_IWGRP ? (st.st_mode & ~(mode_t)0007) | 0070 : own;
	s.mode |= st.st_mode & most;
	if (group_matters(st.st_mode))
		s.group = st.st_gid;
	return s;
}

static struct share share_of_file(int like, enum share_kind kind)
{
	return share_of(like, kind, OWN_FILE, 0666);
}

static struct share share_of_dir(int like, enum share_kind kind)
{
	return share_of(like, kind, OWN_DIR, 0777);
}

/* The group is set first: until it is right, the mode would give rights to another group. */
static int give(int fd, struct share s)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return -1;
	if (s.group != (gid_t)-1 && st.st_gid != s.group && fchown(fd, (uid_t)-1, s.group) < 0)
		return -1;
	return (st.st_mode & 0777) == s.mode ? 0 : fchmod(fd, s.mode | (st.st_mode & S_ISGID));
}

void share_file(int fd, int like, enum share_kind kind)
{
	const struct share s = share_of_file(like, kind);
	if (s.mode != OWN_FILE)
		(void)give(fd, s); /* failure is allowed, see the header */
}

/* 1 made, 0 it existed, -1 error. *FD is the file, or -1 with errno. */
static int open_or_make(int dir, const char *path, int flags, int *fd)
{
	for (int i = 0; i < OPEN_TRIES; i++) {
		if (!(flags & O_EXCL)) {
			*fd = beneath_open(dir, path, flags & ~O_CREAT, 0);
			if (*fd >= 0 || errno != ENOENT)
				return *fd < 0 ? -1 : 0;
		}
		*fd = beneath_open(dir, path, flags | O_EXCL, OWN_FILE);
		if (*fd >= 0)
			return 1;
		if (errno != EEXIST || flags & O_EXCL)
			return -1;
	}
	return -1;
}

int share_open(int dir, const char *path, int flags, int like, enum share_kind kind)
{
	int fd;
	if (open_or_make(dir, path, flags, &fd) > 0)
		share_file(fd, like, kind);
	return fd;
}

int share_open_in(const char *dir, const char *name, int flags, enum share_kind kind)
{
	int d = path_open_dir_itself(dir);
	if (d < 0)
		return -1;
	int fd = share_open(d, name, flags, d, kind);
	int e = errno;
	close(d); /* nothing was written through it */
	errno = e;
	return fd;
}

/* ---- directories ---- */

/*
 * If the group comes from the parent directory, the mode is given at once: the kernel removes the
 * set-gid bit when we change the mode of a directory with a group that we are not in.
 */
static int make_at_once(int dir, const char *path, mode_t mode)
{
	mode_t usual = umask(0);
	int r = beneath_mkdir(dir, path, mode);
	int e = errno;
	umask(usual);
	errno = e;
	return r;
}

static bool inherits_group(int dir, gid_t group)
{
	struct stat st;
	return fstat(dir, &st) == 0 && st.st_mode & S_ISGID && st.st_gid == group;
}

/* The set-gid bit is taken from LIKE if the parent directory has none. */
static void share_new_dir(int dir, const char *path, int like, struct share s)
{
	struct stat st;
	int fd = beneath_open(dir, path, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return;
	if (give(fd, s) == 0 && fstat(like, &st) == 0 && st.st_mode & S_ISGID)
		(void)fchmod(fd, s.mode | S_ISGID); /* failure is allowed, see the header */
	close(fd);                                  /* nothing was written */
}

int share_mkdir(int dir, const char *path, int like, enum share_kind kind)
{
	const struct share s = share_of_dir(like, kind);
	if (s.mode == OWN_DIR)
		return beneath_mkdir(dir, path, OWN_DIR);
	bool is_name = !strchr(path, '/');
	if (is_name && s.group != (gid_t)-1 && inherits_group(dir, s.group))
		return make_at_once(dir, path, s.mode);
	int r = beneath_mkdir(dir, path, OWN_DIR);
	if (r == 0)
		share_new_dir(dir, path, like, s);
	return r;
}

static int make_in(int parent, const char *name, int like, enum share_kind kind)
{
	int r = share_mkdir(parent, name, like < 0 ? parent : like, kind);
	if (r == 0)
		return io_fsync(parent, name, NULL);
	return errno == EEXIST ? 0 : -1;
}

int share_make_dir(const char *path, int like, enum share_kind kind, struct err *err)
{
	char clean[PATH_MAX], above[PATH_MAX];
	const char *name;
	size_t n = strlen(path);
	while (n > 1 && path[n - 1] == '/')
		n--;
	if (snprintf(clean, sizeof clean, "%.*s", (int)n, path) >= (int)sizeof clean)
		return err_temp(err, "the path %.100s... is too long", path);
	int parent = path_open_parent(clean, &name);
	if (parent < 0 && errno == ENOENT && name > clean) {
		snprintf(above, sizeof above, "%.*s", (int)(name - clean),
			clean); /* shorter than CLEAN */
		if (io_make_dirs(above, OWN_DIR, err) < 0)
			return -1;
		parent = path_open_parent(clean, &name);
	}
	int r = parent < 0 ? -1 : make_in(parent, name, like, kind);
	if (r < 0)
		err_temp(err, "cannot make the directory %s: %s", path, beneath_why(errno));
	if (parent >= 0)
		close(parent); /* synced */
	return r;
}

/* ---- is it possible? ---- */

static bool is_in_group(gid_t group)
{
	enum { MOST = 1024 };
	gid_t groups[MOST];
	int n = getgroups(MOST, groups);
	for (int i = 0; i < n; i++)
		if (groups[i] == group)
			return true;
	return getegid() == group;
}

bool share_is_possible(int like)
{
	struct stat st;
	if (fstat(like, &st) < 0 || !group_matters(st.st_mode) || st.st_mode & S_ISGID)
		return true;
	return is_in_group(st.st_gid);
}
