#include "base/beneath.h"

#include "base/beneath_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { EAGAIN_TRIES = 16 };

static enum beneath_links follow;
static bool by_steps;

void beneath_follow(enum beneath_links links)
{
	follow = links;
}

enum beneath_links beneath_follows(void)
{
	return follow;
}

void beneath_by_steps(bool always)
{
	by_steps = always;
}

const char *beneath_why(int error)
{
	switch (error) {
	case ELOOP:
		return "it is, or leads through, a symbolic link (see follow_links in mda.conf(5))";
	case EXDEV:
		return "it leads out of its directory";
	case EMEDIUMTYPE:
		return "it is not a regular file";
	default:
		return strerror(error);
	}
}

/* ---- the path ---- */

/* Is the component at P, of N bytes, ".."? */
static bool leads_up(const char *p, size_t n)
{
	return n == 2 && p[0] == '.' && p[1] == '.';
}

static int check_path(const char *path)
{
	if (path[0] == '\0') {
		errno = ENOENT;
		return -1;
	}
	for (const char *p = path; *p; p += strspn(p, "/")) {
		size_t n = strcspn(p, "/");
		if (n == 0 || leads_up(p, n)) {
			errno = EXDEV;
			return -1;
		}
		p += n;
	}
	return 0;
}

/* ---- in one call ---- */

/* EAGAIN: something was renamed meanwhile, so the kernel could not decide. */
static int open_at_once(int dir, const char *path, int flags, mode_t mode)
{
	const bool makes = flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE;
	const struct open_how how = {.flags = (uint64_t)(unsigned)beneath_usual(flags),
		.mode = makes ? mode : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
	long fd = -1;
	for (int i = 0; i < EAGAIN_TRIES; i++) {
		fd = syscall(SYS_openat2, dir, path, &how, sizeof how);
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return (int)fd;
}

/* EPERM comes from a seccomp filter. If it has another cause, the walk meets it too. */
static int open_without_links(int dir, const char *path, int flags, mode_t mode)
{
	if (!by_steps) {
		int fd = open_at_once(dir, path, flags, mode);
		if (fd >= 0)
			return fd;
		if (errno == ENOSYS)
			by_steps = true;
		else if (errno != EPERM && errno != EAGAIN)
			return -1;
	}
	return beneath_walk(dir, path, flags, mode, false);
}

static int open_any(int dir, const char *path, int flags, mode_t mode)
{
	if (check_path(path) < 0)
		return -1;
	int fd = open_without_links(dir, path, flags, mode);
	if (fd < 0 && errno == ELOOP && follow == BENEATH_ADMIN_LINKS)
		return beneath_walk(dir, path, flags, mode, true);
	return fd;
}

/* A user's FIFO would make us wait for its other end. What is made here is none. */
static bool would_wait(int flags)
{
	const int makes = O_CREAT | O_EXCL;
	return !(flags & (O_NONBLOCK | O_DIRECTORY | O_PATH)) && (flags & makes) != makes;
}

int beneath_open(int dir, const char *path, int flags, mode_t mode)
{
	return would_wait(flags) ? beneath_open_file(dir, path, flags, mode)
				 : open_any(dir, path, flags, mode);
}

int beneath_regular(int fd)
{
	struct stat st;
	if (fd < 0 && (errno == ENXIO || errno == EISDIR))
		errno = EMEDIUMTYPE; /* a FIFO without a reader, a socket, a directory */
	if (fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
		return fd;
	close(fd); /* nothing was written */
	errno = EMEDIUMTYPE;
	return -1;
}

int beneath_open_file(int dir, const char *path, int flags, mode_t mode)
{
	return beneath_regular(open_any(dir, path, flags | O_NONBLOCK, mode));
}

DIR *beneath_opendir(int dir, const char *path)
{
	int fd = beneath_open(dir, path, O_RDONLY | O_DIRECTORY, 0);
	DIR *names = fd < 0 ? NULL : fdopendir(fd);
	if (!names && fd >= 0)
		beneath_close(fd);
	return names;
}

/* ---- names ---- */

/* The directory of the last component of a path, and that component. */
struct spot {
	int dir;
	bool own;
	char name[NAME_MAX + 1];
};

/*
 * For the kernel, a path that ends with a slash has "." as its last component. Nobody here means
 * that.
 */
static int find_spot(int dir, const char *path, struct spot *s)
{
	char above[PATH_MAX];
	size_t n = strlen(path);
	while (n > 1 && path[n - 1] == '/')
		n--;
	size_t start = n;
	while (start > 0 && path[start - 1] != '/')
		start--;
	*s = (struct spot){.dir = dir};
	if (check_path(path) < 0)
		return -1;
	if (n - start > NAME_MAX || start >= sizeof above) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(s->name, path + start, n - start);
	s->name[n - start] = '\0';
	if (start == 0)
		return 0;
	memcpy(above, path, start);
	above[start] = '\0';
	s->dir = beneath_open(dir, above, O_PATH | O_DIRECTORY, 0);
	s->own = s->dir >= 0;
	return s->own ? 0 : -1;
}

static void leave_spot(const struct spot *s)
{
	if (s->own)
		beneath_close(s->dir);
}

int beneath_lstat(int dir, const char *path, struct stat *st)
{
	struct spot s;
	if (find_spot(dir, path, &s) < 0)
		return -1;
	int r = fstatat(s.dir, s.name, st, AT_SYMLINK_NOFOLLOW);
	leave_spot(&s);
	return r;
}

static int stat_opened(int dir, const char *path, struct stat *st)
{
	int fd = beneath_open(dir, path, O_PATH, 0);
	if (fd < 0)
		return -1;
	int r = fstat(fd, st);
	beneath_close(fd);
	return r;
}

int beneath_stat(int dir, const char *path, struct stat *st)
{
	if (beneath_lstat(dir, path, st) < 0)
		return -1;
	return S_ISLNK(st->st_mode) ? stat_opened(dir, path, st) : 0;
}

ssize_t beneath_readlink(int dir, const char *path, char *text, size_t size)
{
	struct spot s;
	if (find_spot(dir, path, &s) < 0)
		return -1;
	ssize_t n = readlinkat(s.dir, s.name, text, size);
	leave_spot(&s);
	return n;
}

int beneath_exists(int dir, const char *path)
{
	struct stat st;
	return beneath_lstat(dir, path, &st);
}

int beneath_link_open(int fd, int dir, const char *path)
{
	struct spot s;
	char open_file[64];
	if (find_spot(dir, path, &s) < 0)
		return -1;
	snprintf(open_file, sizeof open_file, "/proc/self/fd/%d", fd); /* it fits */
	int r = linkat(AT_FDCWD, open_file, s.dir, s.name, AT_SYMLINK_FOLLOW);
	leave_spot(&s);
	return r;
}

int beneath_mkdir(int dir, const char *path, mode_t mode)
{
	struct spot s;
	if (find_spot(dir, path, &s) < 0)
		return -1;
	int r = mkdirat(s.dir, s.name, mode);
	leave_spot(&s);
	return r;
}

int beneath_unlink(int dir, const char *path)
{
	struct spot s;
	if (find_spot(dir, path, &s) < 0)
		return -1;
	int r = unlinkat(s.dir, s.name, 0);
	leave_spot(&s);
	return r;
}

typedef int between(const struct spot *from, const struct spot *to);

/* Are both paths names in one directory, which they write alike? */
static bool same_directory(const char *a, const char *b)
{
	const char *x = strrchr(a, '/'), *y = strrchr(b, '/');
	return x && y && x - a == y - b && strncmp(a, b, (size_t)(x - a)) == 0 && y[1];
}

static int with_spots(int from_dir, const char *from, int to_dir, const char *to, between *act)
{
	struct spot a, b;
	if (find_spot(from_dir, from, &a) < 0)
		return -1;
	/* The second name is in the same directory: it is open. */
	int r = from_dir == to_dir && same_directory(from, to)
			? find_spot(a.dir, strrchr(to, '/') + 1, &b)
			: find_spot(to_dir, to, &b);
	if (r == 0) {
		r = act(&a, &b);
		leave_spot(&b);
	}
	leave_spot(&a);
	return r;
}

static int rename_between(const struct spot *from, const struct spot *to)
{
	return renameat(from->dir, from->name, to->dir, to->name);
}

static int rename_new_between(const struct spot *from, const struct spot *to)
{
	return renameat2(from->dir, from->name, to->dir, to->name, RENAME_NOREPLACE);
}

static int link_between(const struct spot *from, const struct spot *to)
{
	return linkat(from->dir, from->name, to->dir, to->name, 0);
}

int beneath_rename(int from_dir, const char *from, int to_dir, const char *to)
{
	return with_spots(from_dir, from, to_dir, to, rename_between);
}

int beneath_rename_new(int from_dir, const char *from, int to_dir, const char *to)
{
	return with_spots(from_dir, from, to_dir, to, rename_new_between);
}

int beneath_link(int from_dir, const char *from, int to_dir, const char *to)
{
	return with_spots(from_dir, from, to_dir, to, link_between);
}
