/* The message files in the folders of a Maildir. */
#include "base/beneath.h"
#include "base/io.h"
#include "base/share.h"
#include "store/base_name.h"
#include "store/maildir_inside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIND_TRIES = 2 };

/* ---- tmp/ ---- */

/*
 * Base names have at most 255 bytes: the file system and the journal see to that. A longer one is
 * cut and will not be found.
 */
static void path_of(char *path, const char *part, const char *base)
{
	snprintf(path, PATH_MAX, "%s/%s", part, base); /* see above */
}

static void unseen_path(char *path, const char *base)
{
	char first[PATH_MAX];
	path_of(first, "tmp", base);
	maildir_unseen_name(path, first);
}

static int open_tmp(int folder, const char *path, struct err *err)
{
	const int how = O_WRONLY | O_CREAT | O_EXCL;
	int fd = share_open(folder, path, how, folder, SHARE_MAIL);
	if (fd < 0 && errno == ENOENT) {
		if (maildir_make_parts(folder, err) < 0)
			return -1;
		fd = share_open(folder, path, how, folder, SHARE_MAIL);
	}
	return fd < 0 ? maildir_fail(err, "create", folder, path) : fd;
}

static bool lacks_links(int error)
{
	return error == EPERM || error == EOPNOTSUPP || error == ENOSYS;
}

/* Done before the sync, which writes both names to the disk on Linux's file systems. */
static int name_unseen(int folder, const char *base, int fd, struct written *written)
{
	char from[PATH_MAX], to[PATH_MAX];
	path_of(from, "tmp", base);
	unseen_path(to, base);
	*written = (struct written){.inode = 0};
	if (beneath_link(folder, from, folder, to) < 0)
		return lacks_links(errno) ? 0 : -1;
	written_note(fd, written);
	return 0;
}

int maildir_write(int folder, const char *base, const struct str *pieces, size_t count,
	struct written *written, struct err *err)
{
	char path[PATH_MAX];
	path_of(path, "tmp", base);
	int fd = open_tmp(folder, path, err);
	if (fd < 0)
		return -1;
	int r = io_write_pieces(fd, pieces, count);
	if (r == 0)
		r = name_unseen(folder, base, fd, written);
	if (r < 0)
		maildir_fail(err, "write", folder, path);
	else
		r = maildir_sync_fd(fd, folder, path, err);
	if (io_close(fd, path, NULL) < 0 && r == 0)
		r = maildir_fail(err, "close", folder, path);
	if (r < 0)
		(void)maildir_forget(folder, base, NULL); /* the first error is reported */
	return r;
}

static int remove_name(int dir, const char *name, struct err *err)
{
	if (beneath_unlink(dir, name) < 0 && errno != ENOENT)
		return maildir_fail(err, "remove", dir, name);
	return 0;
}

/* The marker is removed first: if it were alone, it would mean that the message was shown. */
static int forget(int dir, const char *tmp, const char *base, struct err *err)
{
	char second[PATH_MAX];
	maildir_unseen_name(second, base);
	int fd = beneath_open(dir, tmp, O_PATH | O_DIRECTORY, 0);
	if (fd < 0)
		return errno == ENOENT ? 0 : maildir_fail(err, "open", dir, tmp);
	int r = remove_name(fd, base, err) < 0 ? -1 : remove_name(fd, second, err);
	close(fd); /* nothing was written through it */
	return r;
}

int maildir_forget(int folder, const char *base, struct err *err)
{
	return forget(folder, "tmp", base, err);
}

int maildir_has_tmp(int folder, const char *base, size_t size, struct err *err)
{
	struct stat st;
	int there = maildir_look_at_tmp(folder, base, &st, err);
	return there == 1 ? (unsigned long long)st.st_size == size : there;
}

static void marker_path(char *path, const char *directory, const char *base)
{
	snprintf(path, PATH_MAX, "%s/tmp/%s", directory[0] ? directory : ".",
		base); /* a longer one is cut and not found */
}

int maildir_has_marker(int root, const char *directory, const char *base, struct err *err)
{
	char path[PATH_MAX];
	marker_path(path, directory, base);
	if (beneath_exists(root, path) == 0)
		return 1;
	return maildir_is_absent(errno) ? 0 : maildir_fail(err, "look for", root, path);
}

int maildir_forget_marker(int root, const char *directory, const char *base, struct err *err)
{
	char tmp[PATH_MAX];
	/* A longer one is cut and not found. */
	snprintf(tmp, sizeof tmp, "%s/tmp", directory[0] ? directory : ".");
	return forget(root, tmp, base, err);
}

/* ---- new/ and cur/ ---- */

static const char *const part_names[] = {[MAILDIR_NEW] = "new", [MAILDIR_CUR] = "cur"};

/* Without hard links: the file is renamed, and an empty file takes its name in tmp/. */
static int show_by_rename(int folder, const char *from, const char *to)
{
	if (beneath_rename(folder, from, folder, to) < 0)
		return -1;
	const int how = O_WRONLY | O_CREAT | O_EXCL;
	int fd = share_open(folder, from, how, folder, SHARE_MAIL);
	return fd < 0 || close(fd) < 0 ? -1 : 0;
}

/* For a file without its second name, or where a rename might overwrite a file. */
static int show_by_link(int folder, const char *from, const char *second, const char *to)
{
	if (beneath_link(folder, from, folder, to) == 0)
		return beneath_unlink(folder, second) < 0 && errno != ENOENT ? -1 : 0;
	return lacks_links(errno) ? show_by_rename(folder, from, to) : -1;
}

static int show_once(int folder, const char *from, const char *second, const char *to)
{
	if (beneath_rename_new(folder, second, folder, to) == 0)
		return 0;
	if (errno != ENOENT && errno != EINVAL && errno != ENOSYS)
		return -1;
	return show_by_link(folder, from, second, to);
}

int maildir_show(
	int folder, enum maildir_part part, const char *base, unsigned flags, struct err *err)
{
	char from[PATH_MAX], second[PATH_MAX], to[PATH_MAX], letters[BASE_NAME_FLAGS];
	path_of(from, "tmp", base);
	unseen_path(second, base);
	base_name_flags(flags, letters);
	if (part == MAILDIR_CUR)
		snprintf(to, sizeof to, "cur/%s:2,%s", base, letters); /* see path_of() */
	else
		path_of(to, "new", base);
	if (show_once(folder, from, second, to) == 0)
		return 0;
	if (errno == ENOENT && maildir_make_parts(folder, NULL) == 0 &&
		show_once(folder, from, second, to) == 0)
		return 0;
	return maildir_fail(err, "move the message to", folder, to);
}

int maildir_sync(int folder, enum maildir_part part, struct err *err)
{
	return maildir_sync_dir(folder, part_names[part], err);
}

/* ---- looking ---- */

int maildir_walk(int folder, const char *part, bool (*visit)(void *context, const char *name),
	void *context, struct err *err)
{
	int fd = beneath_open(folder, part, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return errno == ENOENT ? 0 : maildir_fail(err, "open", folder, part);
	DIR *dir = fdopendir(fd);
	if (!dir) {
		close(fd); /* nothing was written */
		return maildir_fail(err, "read", folder, part);
	}
	const struct dirent *entry;
	bool more = true;
	while (more && (errno = 0, entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			more = visit(context, entry->d_name);
	int r = more && errno ? maildir_fail(err, "read", folder, part) : 0;
	closedir(dir);
	return r;
}

struct search {
	struct str base;
	bool found;
};

static bool compare_base(void *context, const char *name)
{
	struct search *s = context;
	s->found = str_eq(base_name_of(str_of(name)), s->base);
	return !s->found;
}

/* A reader may move a file or change its flags while we look, so one look may miss it. */
int maildir_has(int folder, const char *base, struct err *err)
{
	char path[PATH_MAX];
	struct search s = {.base = str_of(base)};
	path_of(path, "new", base);
	for (int i = 0; i < FIND_TRIES && !s.found; i++) {
		if (beneath_exists(folder, path) == 0)
			return 1;
		if (!maildir_is_absent(errno))
			return maildir_fail(err, "look for", folder, path);
		if (maildir_walk(folder, "cur", compare_base, &s, err) < 0)
			return -1;
	}
	return s.found;
}
