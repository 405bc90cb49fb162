#include "base/path.h"

#include "base/arena.h"
#include "base/path_way.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- opening ---- */

int path_open(const char *path, int flags, mode_t mode)
{
	struct path_way w;
	if (path_way_start(path, &w) < 0)
		return -1;
	if (w.users)
		return beneath_open(w.dir, w.rest, flags, mode);
	return open(path, flags | O_CLOEXEC | O_NOCTTY, mode);
}

int path_open_file(const char *path, int flags, mode_t mode)
{
	return beneath_regular(path_open(path, flags | O_NONBLOCK, mode));
}

int path_open_dir(const char *path)
{
	return path_open(path, O_RDONLY | O_DIRECTORY, 0);
}

static int open_parent(const char *path, int flags, const char **name)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;
	*name = slash ? slash + 1 : path;
	if (n >= sizeof dir) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(dir, path, n);
	dir[n] = '\0';
	return path_open(n ? dir : slash ? "/" : ".", flags | O_DIRECTORY, 0);
}

int path_open_parent(const char *path, const char **name)
{
	return open_parent(path, O_RDONLY, name);
}

int path_find_parent(const char *path, const char **name)
{
	return open_parent(path, O_PATH, name);
}

int path_open_dir_itself(const char *path)
{
	char clean[PATH_MAX];
	const char *name;
	size_t n = strlen(path);
	if (path_is_users(path))
		return path_open_dir(path);
	while (n > 1 && path[n - 1] == '/')
		n--;
	if (n >= sizeof clean) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(clean, path, n);
	clean[n] = '\0';
	int parent = path_find_parent(clean, &name);
	if (parent < 0)
		return -1;
	int fd = beneath_open(parent, *name ? name : ".", O_RDONLY | O_DIRECTORY, 0);
	int e = errno;
	close(parent); /* nothing was written */
	errno = e;
	return fd;
}

DIR *path_opendir(const char *path)
{
	int fd = path_open_dir(path);
	DIR *names = fd < 0 ? NULL : fdopendir(fd);
	if (!names && fd >= 0)
		close(fd); /* nothing was written */
	return names;
}

int path_scandir(const char *path, struct dirent ***entries, int (*wanted)(const struct dirent *))
{
	int fd = path_open_dir(path);
	if (fd < 0)
		return -1;
	int n = scandirat(fd, ".", entries, wanted, alphasort);
	int e = errno;
	close(fd); /* nothing was written */
	errno = e;
	return n;
}

/* ---- looking ---- */

int path_stat(const char *path, struct stat *st)
{
	struct path_way w;
	if (path_way_start(path, &w) < 0)
		return -1;
	return w.users ? beneath_stat(w.dir, w.rest, st) : stat(path, st);
}

int path_lstat(const char *path, struct stat *st)
{
	struct path_way w;
	if (path_way_start(path, &w) < 0)
		return -1;
	return w.users ? beneath_lstat(w.dir, w.rest, st) : lstat(path, st);
}

int path_exists(const char *path)
{
	struct stat st;
	return path_lstat(path, &st);
}

int path_there(const char *path, struct err *err)
{
	struct err why;
	if (path_exists(path) == 0)
		return 1;
	err_system(&why, errno, "cannot look for %s", path);
	if (!why.passing)
		return 0;
	if (err)
		*err = why;
	return -1;
}

bool path_is_directory(const char *path)
{
	struct stat st;
	return path_stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* ---- names ---- */

/* Reads a user's link. Returns the length of its text, or -1. */
static ssize_t read_link(const char *path, char *text, size_t size)
{
	struct path_way w;
	ssize_t n =
		path_way_start(path, &w) < 0 ? -1 : beneath_readlink(w.dir, w.rest, text, size - 1);
	if (n <= 0 || (size_t)n >= size - 1)
		return -1;
	text[n] = '\0';
	return n;
}

struct str path_active(const char *path, struct arena *mem)
{
	char text[PATH_MAX];
	const char *slash = strrchr(path, '/'), *inside = text;
	if (!path_is_users(path) || !slash || read_link(path, text, sizeof text) < 0)
		return str_of(path);
	const char *dir = arena_fmt(mem, "%.*s", (int)(slash - path), path).p;
	if (*text == '/')
		inside = path_way_below(dir, text);
	return inside && *inside && !path_way_climbs(inside) ? arena_fmt(mem, "%s/%s", dir, inside)
							     : str_of(path);
}

int path_mkdir(const char *path, mode_t mode)
{
	struct path_way w;
	if (path_way_start(path, &w) < 0)
		return -1;
	return w.users ? beneath_mkdir(w.dir, w.rest, mode) : mkdir(path, mode);
}

int path_unlink(const char *path)
{
	struct path_way w;
	if (path_way_start(path, &w) < 0)
		return -1;
	return w.users ? beneath_unlink(w.dir, w.rest) : unlink(path);
}

typedef int between_paths(int from_dir, const char *from, int to_dir, const char *to);

static int with_both(const char *from, const char *to, between_paths *beneath, between_paths *plain)
{
	struct path_way a, b;
	if (path_way_start(from, &a) < 0 || path_way_start(to, &b) < 0)
		return -1;
	if (a.users != b.users) {
		errno = EXDEV;
		return -1;
	}
	return (a.users ? beneath : plain)(a.dir, a.rest, b.dir, b.rest);
}

static int link_plain(int from_dir, const char *from, int to_dir, const char *to)
{
	return linkat(from_dir, from, to_dir, to, 0);
}

int path_rename(const char *from, const char *to)
{
	return with_both(from, to, beneath_rename, renameat);
}

int path_link(const char *from, const char *to)
{
	return with_both(from, to, beneath_link, link_plain);
}
