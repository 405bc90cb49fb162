#include "base/beneath_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS_MOST = 8 };

void beneath_close(int fd)
{
	int e = errno;
	close(fd); /* opened with O_PATH, or only looked at: nothing was written */
	errno = e;
}

int beneath_usual(int flags)
{
	return flags | O_CLOEXEC | (flags & O_PATH ? 0 : O_NOCTTY);
}

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
	int fd = openat(dir, name, beneath_usual(flags) | O_NOFOLLOW, mode);
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
		beneath_close(w->at);
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

int beneath_walk(int dir, const char *path, int flags, mode_t mode, bool links)
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
		beneath_close(w.at);
	return fd;
}
