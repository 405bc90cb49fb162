#include "base/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { EAGAIN_TRIES = 16, LINKS_MOST = 8 };

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

static void close_keeping_errno(int fd)
{
	int e = errno;
	close(fd); /* opened with O_PATH, or only looked at: nothing was written */
	errno = e;
}

/* openat2(2) refuses flags that O_PATH does not use. */
static int with_usual(int flags)
{
	return flags | O_CLOEXEC | (flags & O_PATH ? 0 : O_NOCTTY);
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

/* ---- component by component ---- */

/* With O_DIRECTORY the error for a link is ENOTDIR too. */
static int name_link(int dir, const char *name)
{
	struct stat st;
	int e = errno;
	bool may_be = e == ENOTDIR || e == ELOOP;
	bool is_link =
		may_be && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
	errno = is_link ? ELOOP : e;
	return -1;
}

static int open_component(int dir, const char *name, int flags, mode_t mode)
{
	struct stat st;
	int fd = openat(dir, name, with_usual(flags) | O_NOFOLLOW, mode);
	if (fd < 0)
		return name_link(dir, name);
	if (!(flags & O_PATH) || fstat(fd, &st) < 0 || !S_ISLNK(st.st_mode))
		return fd;
	close(fd); /* O_PATH opens the link itself */
	errno = ELOOP;
	return -1;
}

/*
 * A walk down a path. The text of a link of root's is put in front of the rest of the path; LEFT is
 * the walk's own copy.
 */
struct walk {
	int at;
	bool own; /* AT must be closed */
	bool follow;
	unsigned links;
	char left[PATH_MAX];
};

static void move_to(struct walk *w, int fd)
{
	if (w->own)
		close_keeping_errno(w->at);
	w->at = fd;
	w->own = true;
}

/*
 * Reads the text of the link NAME if root made it: returns its length, or -1 with ELOOP. A link
 * with a second name (hard link) is refused, because somebody may have put it there.
 */
static ssize_t read_root_link(int dir, const char *name, char *text, size_t size)
{
	struct stat st;
	ssize_t n = -1;
	int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISLNK(st.st_mode) && st.st_uid == 0 && st.st_nlink == 1)
		n = readlinkat(fd, "", text, size - 1);
	close(fd); /* nothing was written */
	if (n <= 0)
		errno = ELOOP;
	else
		text[n] = '\0';
	return n > 0 ? n : -1;
}

/* Continues with the text of the link NAME, then REST. */
static int follow_link(struct walk *w, const char *name, const char *rest)
{
	char text[PATH_MAX], whole[PATH_MAX];
	if (!w->follow || ++w->links > LINKS_MOST) {
		errno = ELOOP;
		return -1;
	}
	if (read_root_link(w->at, name, text, sizeof text) < 0)
		return -1;
	int n = snprintf(whole, sizeof whole, "%s%s%s", text, *rest ? "/" : "", rest);
	if (n >= (int)sizeof whole) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (text[0] == '/') {
		int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (root < 0)
			return -1;
		move_to(w, root);
	}
	memcpy(w->left, whole, (size_t)n + 1);
	return 0;
}

/* Moves the first component of W->left to NAME, and returns what follows it. */
static const char *take_component(const struct walk *w, char *name)
{
	const char *start = w->left + strspn(w->left, "/");
	size_t n = strcspn(start, "/");
	memcpy(name, start, n);
	name[n] = '\0';
	return start + n + strspn(start + n, "/");
}

/* A call that must make a new file does not follow a link in the last component. */
static bool may_follow(const char *rest, int flags)
{
	return *rest || !(flags & O_EXCL);
}

static int walk_on(struct walk *w, int flags, mode_t mode)
{
	for (;;) {
		char name[PATH_MAX];
		const char *rest = take_component(w, name);
		if (name[0] == '\0')
			memcpy(name, ".", 2);
		int how = *rest ? O_PATH | O_DIRECTORY : flags;
		int fd = open_component(w->at, name, how, *rest ? 0 : mode);
		if (fd < 0 && errno == ELOOP && may_follow(rest, flags)) {
			if (follow_link(w, name, rest) < 0)
				return -1;
			continue;
		}
		if (fd < 0 || !*rest)
			return fd;
		move_to(w, fd);
		memmove(w->left, rest, strlen(rest) + 1);
	}
}

static int open_by_steps(int dir, const char *path, int flags, mode_t mode, bool links)
{
	struct walk w = {.at = dir, .follow = links};
	size_t n = strlen(path);
	if (n >= sizeof w.left) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(w.left, path, n + 1);
	int fd = walk_on(&w, flags, mode);
	if (w.own)
		close_keeping_errno(w.at);
	return fd;
}

/* ---- in one call ---- */

/* EAGAIN: something was renamed meanwhile, so the kernel could not decide. */
static int open_at_once(int dir, const char *path, int flags, mode_t mode)
{
	const bool makes = flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE;
	const struct open_how how = {.flags = (uint64_t)(unsigned)with_usual(flags),
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
	return strchr(path, '/') ? open_by_steps(dir, path, flags, mode, false)
				 : open_component(dir, path, flags, mode);
}

int beneath_open(int dir, const char *path, int flags, mode_t mode)
{
	if (check_path(path) < 0)
		return -1;
	int fd = open_without_links(dir, path, flags, mode);
	if (fd < 0 && errno == ELOOP && follow == BENEATH_ADMIN_LINKS)
		return open_by_steps(dir, path, flags, mode, true);
	return fd;
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
	return beneath_regular(beneath_open(dir, path, flags | O_NONBLOCK, mode));
}

DIR *beneath_opendir(int dir, const char *path)
{
	int fd = beneath_open(dir, path, O_RDONLY | O_DIRECTORY, 0);
	DIR *names = fd < 0 ? NULL : fdopendir(fd);
	if (!names && fd >= 0)
		close_keeping_errno(fd);
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
		close_keeping_errno(s->dir);
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
	close_keeping_errno(fd);
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
