#include "mda/conf/textfile.h"

#include "base/io.h"
#include "base/lock.h"
#include "base/path.h"
#include "mda/conf/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_MOST = 256 * 1024 * 1024 };

/* ---- opening ---- */

static int lock(int dir, const char *path, struct err *err)
{
	const struct lock_wait wait = {60, 10000000, 10000000};
	if (lock_file(dir, &wait) == 0)
		return 0;
	return err_temp(err, "cannot lock the directory of %s: %s", path, strerror(errno));
}

/*
 * A person's own file. It may be a link of theirs, which is followed, except in a place where a
 * user can make links.
 */
static int open_persons(
	const struct textfile_place *p, struct arena *mem, const char **name, struct err *err)
{
	char real[PATH_MAX];
	bool follows = !path_is_users(p->path) && realpath(p->path, real);
	struct str path = arena_str(mem, str_of(follows ? real : p->path));
	size_t slash = str_rfind(path, '/');
	const char *dir =
		slash < path.n ? arena_cstr(mem, str_slice(path, 0, slash ? slash : 1)) : ".";
	*name = arena_cstr(mem, slash < path.n ? str_slice(path, slash + 1, path.n) : path);
	if (p->dir_mode && io_make_dirs(dir, p->dir_mode, err) < 0)
		return -1;
	int fd = path_open_dir(dir);
	return fd < 0 ? err_temp(err, "cannot open %s: %s", dir, beneath_why(errno)) : fd;
}

static int read_opened(int fd, struct textfile *f, struct arena *mem, struct err *err)
{
	struct buf all = {0};
	if (fstat(fd, &f->before) < 0)
		return err_temp(err, "cannot look at %s: %s", f->path, strerror(errno));
	if (!S_ISREG(f->before.st_mode))
		return err_temp(err, "%s is not a regular file", f->path);
	int r = io_read_all(fd, TEXT_MOST, &all, f->path, err);
	if (r == 0)
		f->text = arena_str(mem, buf_str(&all));
	buf_free(&all);
	f->exists = true;
	return r;
}

static int read_text(struct textfile *f, struct arena *mem, struct err *err)
{
	int fd = beneath_open(f->dir, f->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return err_temp(err, "cannot open %s: %s", f->path, beneath_why(errno));
	int r = read_opened(fd, f, mem, err);
	close(fd); /* nothing was written */
	return r;
}

int textfile_open(
	const struct textfile_place *p, struct arena *mem, struct textfile *f, struct err *err)
{
	*f = (struct textfile){.path = p->path, .text = STR_EMPTY};
	f->dir = p->roots ? owner_open_parent(p->path, p->dir_mode != 0, mem, &f->name, err)
			  : open_persons(p, mem, &f->name, err);
	if (f->dir < 0 || lock(f->dir, f->path, err) < 0)
		return -1;
	return read_text(f, mem, err);
}

void textfile_close(struct textfile *f)
{
	if (f->dir >= 0)
		close(f->dir); /* a directory: nothing was written through it */
	f->dir = -1;
}

/* ---- writing ---- */

/* Sets owner and mode before the file has any content, and before it has its name. */
static int fill(const struct textfile *f, int fd, struct str bytes, mode_t mode, struct err *err)
{
	if (f->exists && geteuid() == 0 && fchown(fd, f->before.st_uid, f->before.st_gid) < 0)
		return err_temp(err, "cannot give %s to its owner: %s", f->path, strerror(errno));
	if (fchmod(fd, mode) < 0)
		return err_temp(err, "cannot set the mode of %s: %s", f->path, strerror(errno));
	return io_write(fd, bytes, f->path, err) < 0 ? -1 : io_fsync(fd, f->path, err);
}

static int replace(
	const struct textfile *f, const char *name, struct str bytes, mode_t mode, struct err *err)
{
	char making[NAME_MAX + 1];
	if (snprintf(making, sizeof making, "%s.tmp%ld", name, (long)getpid()) >=
		(int)sizeof making)
		return err_temp(err, "the name of %s is too long", f->path);
	beneath_unlink(f->dir, making); /* left by a process that had our pid and died */
	int fd = beneath_open(f->dir, making, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		return err_temp(err, "cannot make a file beside %s: %s", f->path, strerror(errno));
	int r = fill(f, fd, bytes, mode, err);
	if (io_close(fd, f->path, r == 0 ? err : NULL) < 0)
		r = -1;
	if (r == 0 && beneath_rename(f->dir, making, f->dir, name) < 0)
		r = err_temp(err, "cannot replace %s: %s", f->path, strerror(errno));
	if (r < 0)
		beneath_unlink(f->dir, making); /* the first error is the one to report */
	return r < 0 ? -1 : io_fsync(f->dir, f->path, err);
}

int textfile_write(const struct textfile *f, struct str text, mode_t usual, struct err *err)
{
	return replace(f, f->name, text, f->exists ? f->before.st_mode & 0777 : usual, err);
}

/* The name of a file beside the text. It must not be cut: it could become the name of the text. */
static int name_beside(
	const struct textfile *f, const char *suffix, char name[NAME_MAX + 1], struct err *err)
{
	if (snprintf(name, NAME_MAX + 1, "%s%s", f->name, suffix) <= NAME_MAX)
		return 0;
	return err_temp(err, "the name of %s is too long", f->path);
}

bool textfile_has(const struct textfile *f, const char *suffix)
{
	char name[NAME_MAX + 1];
	struct stat st;
	return name_beside(f, suffix, name, NULL) == 0 && beneath_lstat(f->dir, name, &st) == 0;
}

int textfile_put(const struct textfile *f, const char *suffix, struct str bytes, mode_t mode,
	struct err *err)
{
	char name[NAME_MAX + 1];
	return name_beside(f, suffix, name, err) < 0 ? -1 : replace(f, name, bytes, mode, err);
}

int textfile_remove(const struct textfile *f, const char *suffix, struct err *err)
{
	char name[NAME_MAX + 1];
	if (name_beside(f, suffix, name, err) < 0)
		return -1;
	if (beneath_unlink(f->dir, name) < 0 && errno != ENOENT)
		return err_temp(err, "cannot remove %s%s: %s", f->path, suffix, strerror(errno));
	return 0;
}
