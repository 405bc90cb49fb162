#include "mda/conf/owner.h"

#include "mda/conf/user_source.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the way there ---- */

enum { LINKS_MOST = 20 };

struct walk {
	const char *path;
	int fd;                  /* of the directory reached; O_PATH */
	char rest[PATH_MAX];     /* what is left of the path */
	char name[NAME_MAX + 1]; /* the last step */
	unsigned links;
	struct err *err;
};

static int go_to(struct walk *w, int fd)
{
	if (w->fd >= 0)
		close(w->fd); /* O_PATH: nothing was written */
	w->fd = fd;
	if (fd >= 0)
		return 0;
	err_temp(w->err, "cannot open %s: %s", w->path, strerror(errno));
	return -1;
}

static int start(struct walk *w)
{
	return go_to(w, open(w->rest[0] == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

/* Takes the next component from what is left; false at the end. */
static bool next_name(struct walk *w)
{
	size_t skip = strspn(w->rest, "/"), n = strcspn(w->rest + skip, "/");
	if (n == 0 || n >= sizeof w->name)
		return false;
	memcpy(w->name, w->rest + skip, n);
	w->name[n] = '\0';
	memmove(w->rest, w->rest + skip + n, strlen(w->rest + skip + n) + 1);
	return true;
}

static bool is_roots_alone(int dir)
{
	struct stat st;
	return fstat(dir, &st) == 0 && st.st_uid == 0 && (st.st_mode & 022) == 0;
}

/* Replaces the link in what is left by its target. */
static int follow(struct walk *w, int link, const struct stat *st)
{
	char target[PATH_MAX], rest[PATH_MAX];
	if (st->st_uid != 0 || !is_roots_alone(w->fd))
		return err_temp(w->err,
			"%s: %s is a symbolic link; root does not follow a link that others can "
			"make",
			w->path, w->name);
	ssize_t n = readlinkat(link, "", target, sizeof target - 1);
	if (n <= 0 || ++w->links > LINKS_MOST)
		return err_temp(
			w->err, "cannot open %s: %s", w->path, strerror(n < 0 ? errno : ELOOP));
	target[n] = '\0';
	if (snprintf(rest, sizeof rest, "%s/%s", target, w->rest) >= (int)sizeof rest)
		return err_temp(w->err, "the path %.200s is too long", w->path);
	memcpy(w->rest, rest, sizeof rest);
	return target[0] == '/' ? start(w) : 0;
}

/*
 * One step: 1 at the end, 0 after a step, -1. When the next directory does not exist, errno is
 * ENOENT.
 */
static int step(struct walk *w)
{
	struct stat st;
	errno = 0;
	if (!next_name(w))
		return w->rest[strspn(w->rest, "/")]
			       ? err_temp(w->err, "a name in the path %.200s is too long", w->path)
			       : 1;
	int fd = openat(w->fd, w->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0) {
		int e = errno;
		if (fd >= 0)
			close(fd); /* O_PATH */
		err_temp(w->err, "cannot open %s: %s", w->path, strerror(e));
		errno = e;
		return -1;
	}
	if (S_ISDIR(st.st_mode))
		return go_to(w, fd);
	int r = S_ISLNK(st.st_mode) ? follow(w, fd, &st)
				    : err_temp(w->err, "%s is not a directory", w->path);
	close(fd); /* O_PATH */
	errno = 0;
	return r;
}

/* Goes along PATH as far as directories exist. *WHOLE says whether this is the whole path. */
static int go(struct walk *w, const char *path, bool *whole, struct err *err)
{
	*w = (struct walk){.path = path, .fd = -1, .err = err};
	*whole = false;
	if (snprintf(w->rest, sizeof w->rest, "%s", path) >= (int)sizeof w->rest)
		return err_temp(err, "the path %.200s is too long", path);
	int r = start(w);
	while (r == 0)
		r = step(w);
	*whole = r > 0;
	if (r > 0 || (errno == ENOENT && w->fd >= 0))
		return w->fd;
	if (w->fd >= 0)
		close(w->fd); /* O_PATH */
	return -1;
}

int owner_open_dir(const char *path, struct err *err)
{
	struct walk w;
	bool whole;
	int fd = go(&w, path, &whole, err);
	if (fd < 0 || whole)
		return fd;
	close(fd); /* O_PATH; the error is in *ERR */
	return -1;
}

/* ---- whose it is ---- */

static int take_owner(
	int fd, const char *path, struct arena *mem, struct user *user, struct err *err)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return err_temp(err, "cannot look at %s: %s", path, strerror(errno));
	if (st.st_uid == 0)
		return err_temp(err,
			"%s belongs to root, who has no mailbox: change its owner to the user of "
			"the mailbox",
			path);
	return user_of_uid(st.st_uid, st.st_gid, mem, user, err);
}

int owner_of_dir(const char *path, struct arena *mem, struct user *user, struct err *err)
{
	int fd = owner_open_dir(path, err);
	if (fd < 0)
		return -1;
	int r = take_owner(fd, path, mem, user, err);
	close(fd); /* O_PATH */
	return r;
}

int owner_of_home(const char *path, struct arena *mem, struct user *user, struct err *err)
{
	struct walk w;
	bool whole;
	int fd = go(&w, path, &whole, err);
	if (fd < 0)
		return -1;
	int r = take_owner(fd, path, mem, user, err);
	close(fd); /* O_PATH */
	if (r < 0 && !whole)
		return err_temp(err,
			"%s would be made in a directory that belongs to root: set virtual_user",
			path);
	return r;
}

/* ---- a file ---- */

static struct str parent_of(struct str path, struct str *name)
{
	size_t slash = str_rfind(path, '/');
	*name = slash < path.n ? str_slice(path, slash + 1, path.n) : path;
	if (slash == path.n)
		return STR_LIT(".");
	return str_slice(path, 0, slash ? slash : 1);
}

/* In a directory where everybody may make files, a file belongs to its owner. */
static uid_t owner_there(int dir, const char *name)
{
	struct stat st;
	if (fstat(dir, &st) < 0 || st.st_uid != 0 || is_roots_alone(dir) ||
		fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	return st.st_uid;
}

int owner_of_file(const char *path, struct arena *mem, struct user *user, struct err *err)
{
	struct walk w;
	bool whole;
	struct str name, dir = parent_of(str_of(path), &name);
	struct stat st;
	*user = (struct user){0};
	int fd = go(&w, arena_cstr(mem, dir), &whole, err);
	if (fd < 0)
		return -1;
	int r = fstat(fd, &st) < 0 ? err_temp(err, "cannot look at %s: %s", path, strerror(errno))
				   : 0;
	if (r == 0 && st.st_uid == 0 && whole)
		st.st_uid = owner_there(fd, arena_cstr(mem, name));
	close(fd); /* O_PATH */
	if (r < 0 || st.st_uid == 0)
		return r < 0 ? -1 : 1;
	return user_of_uid(st.st_uid, st.st_gid, mem, user, err);
}

/*
 * Opens the directory at PATH. What is missing is made, in directories that only root can change.
 */
static int make_dir(const char *path, struct err *err)
{
	struct walk w;
	bool whole;
	int fd;
	while ((fd = go(&w, path, &whole, err)) >= 0 && !whole) {
		int r = is_roots_alone(fd) ? mkdirat(fd, w.name, 0700) : -1;
		if (r == 0)
			r = fchmodat(fd, w.name, 0755, 0);
		else if (errno == EEXIST) /* another process was faster */
			r = 0;
		close(fd); /* O_PATH */
		if (r < 0)
			return err_temp(err, "cannot make the directory %s", path);
	}
	return fd;
}

/* 1 when NAME in DIR is a link that only root can have made; *PATH is then its target. */
static int is_roots_link(int dir, struct str parent, const char *name, struct arena *mem,
	const char **path, struct err *err)
{
	char target[PATH_MAX];
	struct stat st;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISLNK(st.st_mode) ||
		st.st_uid != 0 || !is_roots_alone(dir))
		return 0;
	ssize_t n = readlinkat(dir, name, target, sizeof target);
	if (n <= 0 || n == sizeof target)
		return err_temp(err, "cannot follow %s: %s", *path, strerror(errno));
	struct str to = {target, (size_t)n};
	*path = target[0] == '/'
			? arena_cstr(mem, to)
			: arena_fmt(mem, STR_FMT "/" STR_FMT, STR_ARGS(parent), STR_ARGS(to)).p;
	return 1;
}

int owner_open_parent(
	const char *path, bool make, struct arena *mem, const char **name, struct err *err)
{
	for (unsigned links = 0; links <= LINKS_MOST; links++) {
		struct str last, parent = parent_of(str_of(path), &last);
		const char *dir = arena_cstr(mem, parent);
		*name = arena_cstr(mem, last);
		int place = make ? make_dir(dir, err) : owner_open_dir(dir, err);
		int r = place < 0 ? -1 : is_roots_link(place, parent, *name, mem, &path, err);
		int fd = r == 0 ? openat(place, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
		if (r == 0 && fd < 0)
			r = err_temp(err, "cannot open %s: %s", dir, strerror(errno));
		if (place >= 0)
			close(place); /* O_PATH */
		if (r <= 0)
			return r < 0 ? -1 : fd;
	}
	return err_temp(err, "cannot open %s: %s", path, strerror(ELOOP));
}

int owner_open_file(const char *path, struct arena *mem, struct err *err)
{
	const char *name;
	struct stat st;
	int dir = owner_open_parent(path, false, mem, &name, err);
	if (dir < 0)
		return -1;
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		err_temp(err, "cannot open %s: %s", path, strerror(errno));
	else if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
		 (st.st_uid != 0 && !is_roots_alone(dir))) {
		err_temp(err, "%s is not a regular file that belongs to root", path);
		close(fd); /* nothing was written */
		fd = -1;
	}
	close(dir); /* nothing was written */
	return fd;
}

/* ---- for a moment ---- */

int owner_lend(const char *path, struct arena *mem, struct err *err)
{
	struct user user;
	if (geteuid() != 0)
		return 0;
	int r = owner_of_file(path, mem, &user, err);
	if (r != 0)
		return r < 0 ? -1 : 0;
	if (setgroups(1, &user.gid) < 0 || setegid(user.gid) < 0 || seteuid(user.uid) < 0)
		return err_temp(err, "cannot become uid %ld: %s", (long)user.uid, strerror(errno));
	return 0;
}

int owner_return(struct err *err)
{
	if (getuid() != 0 || geteuid() == 0)
		return 0;
	if (seteuid(0) < 0 || setegid(getgid()) < 0)
		return err_temp(err, "cannot be root again: %s", strerror(errno));
	return 0;
}

/* ---- accounts of mda.conf ---- */

int owner_shared(const struct conf *conf, const char *home, struct arena *mem, struct user *user,
	struct err *err)
{
	if (conf->virtual_user.n)
		return user_by_name(conf->virtual_user, "virtual_user", mem, user, err);
	if (geteuid() == 0)
		return owner_of_home(home, mem, user, err);
	user->uid = geteuid();
	user->gid = getegid();
	return 0;
}

int owner_unprivileged(
	const struct conf *conf, struct arena *mem, struct user *user, struct err *err)
{
	*user = (struct user){0};
	if (user_source(conf)->have_virtual_home && conf->virtual_user.n)
		return user_by_name(conf->virtual_user, "virtual_user", mem, user, err);
	return user_by_name(conf->unprivileged_user, "unprivileged_user", mem, user, err);
}

int owner_drop(const struct conf *conf, struct arena *mem, struct err *err)
{
	struct user user;
	if (geteuid() != 0)
		return 0;
	return owner_unprivileged(conf, mem, &user, err) < 0 ? -1 : user_account_become(&user, err);
}
