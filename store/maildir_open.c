/* Opening and making the directories of a Maildir. */
#include "base/beneath.h"
#include "base/io.h"
#include "base/path.h"
#include "base/share.h"
#include "store/folder.h"
#include "store/maildir_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* tmp is last: if it exists, the others do too. */
static const char *const parts[] = {"cur", "new", "tmp"};
enum { PARTS = sizeof parts / sizeof *parts };

static const char folder_mark[] = "maildirfolder";

/* ---- errors ---- */

/* Only an error needs the path of DIR, so it is looked up here. */
int maildir_fail(struct err *err, const char *what, int dir, const char *name)
{
	int e = errno;
	const char *dsn = e == EDQUOT ? "4.2.2" : e == ENOSPC ? "4.3.1" : NULL;
	char link[64], path[PATH_MAX];
	snprintf(link, sizeof link, "/proc/self/fd/%d", dir); /* it fits */
	ssize_t n = dir == AT_FDCWD ? -1 : readlink(link, path, sizeof path - 1);
	path[n < 0 ? 0 : n] = '\0';
	return err_coded(err, FAULT_TEMP, dsn, "cannot %s %s%s%s: %s", what, path, n < 0 ? "" : "/",
		name, beneath_why(e));
}

int maildir_sync_fd(int fd, int dir, const char *name, struct err *err)
{
	return io_fsync(fd, name, NULL) < 0 ? maildir_fail(err, "sync", dir, name) : 0;
}

int maildir_sync_dir(int dir, const char *name, struct err *err)
{
	int fd = beneath_open(dir, name, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return maildir_fail(err, "open directory", dir, name);
	int r = maildir_sync_fd(fd, dir, name, err);
	close(fd); /* only its names were synced */
	return r;
}

bool maildir_is_absent(int error)
{
	return error == ENOENT || error == ENOTDIR;
}

/* ---- directories ---- */

/* A folder gets the mode and group of the Maildir. A new Maildir is for its owner alone. */
static int make_directory(int parent, const char *name, bool is_folder)
{
	return is_folder ? share_mkdir(parent, name, parent, SHARE_MAIL)
			 : beneath_mkdir(parent, name, 0700);
}

/* *MADE is set when the directory was made. */
static int open_directory(int parent, const char *name, bool is_folder, bool *made, struct err *err)
{
	const int how = O_RDONLY | O_DIRECTORY;
	int fd = beneath_open(parent, name, how, 0);
	if (fd < 0 && errno == ENOENT) {
		if (make_directory(parent, name, is_folder) < 0 && errno != EEXIST)
			return maildir_fail(err, "make directory", parent, name);
		*made = true;
		fd = beneath_open(parent, name, how, 0);
	}
	return fd < 0 ? maildir_fail(err, "open directory", parent, name) : fd;
}

int maildir_make_parts(int folder, struct err *err)
{
	bool made = false;
	for (size_t i = 0; i < PARTS; i++) {
		if (share_mkdir(folder, parts[i], folder, SHARE_MAIL) == 0)
			made = true;
		else if (errno != EEXIST)
			return maildir_fail(err, "make directory", folder, parts[i]);
	}
	return made ? maildir_sync_fd(folder, folder, ".", err) : 0;
}

/* Copies PATH without the slashes at its end, so that its last component is a name. */
static int clean_path(const char *path, char *clean, struct err *err)
{
	size_t n = strlen(path);
	while (n > 1 && path[n - 1] == '/')
		n--;
	if (n == 0 || n >= PATH_MAX)
		return err_temp(err, "\"%.100s\" is not a path for a Maildir", path);
	memmove(clean, path, n);
	clean[n] = '\0';
	return 0;
}

/* A directory that has no parts is not a Maildir: it may be where a disk should be mounted. */
static int open_existing(const char *path, struct err *err)
{
	int fd = path_open_dir_itself(path);
	if (fd >= 0 && beneath_exists(fd, parts[0]) == 0)
		return fd;
	int e = errno;
	if (fd >= 0)
		close(fd); /* nothing was written */
	if (!maildir_is_absent(e))
		return err_temp(err, "cannot open the Maildir %s: %s", path, beneath_why(e));
	return err_temp(err,
		"there is no Maildir at %s, and none is made (create_maildir in mda.conf): is the "
		"IMAP server's mail elsewhere, or its disk not mounted?",
		path);
}

static int open_root_in(int parent, const char *name, struct err *err)
{
	bool made = false;
	int fd = open_directory(parent, name, false, &made, err);
	if (fd >= 0 && made &&
		(maildir_sync_fd(parent, parent, ".", err) < 0 ||
			maildir_make_parts(fd, err) < 0)) {
		close(fd); /* the error is in ERR already */
		return -1;
	}
	return fd;
}

/*
 * For the directories above the Maildir, path.h decides which links are followed. The Maildir
 * itself must not be a link, unless follow_links allows it.
 */
int maildir_open_root(const char *path, bool make, struct err *err)
{
	char clean[PATH_MAX], above[PATH_MAX];
	const char *name;
	if (clean_path(path, clean, err) < 0)
		return -1;
	if (!make)
		return open_existing(clean, err);
	int parent = path_open_parent(clean, &name);
	if (parent < 0 && errno == ENOENT) {
		snprintf(above, sizeof above, "%.*s", (int)(name - clean),
			clean); /* shorter than CLEAN */
		if (clean_path(above, above, err) < 0 || io_make_dirs(above, 0700, err) < 0)
			return -1;
		parent = path_open_parent(clean, &name);
	}
	if (parent < 0)
		return err_temp(
			err, "cannot open the directory of %s: %s", path, beneath_why(errno));
	int fd = open_root_in(parent, *name ? name : ".", err);
	close(parent); /* synced, if anything was made */
	return fd;
}

/*
 * Calls VISIT for each directory above DIRECTORY, the outermost first. Only a nested layout has
 * any.
 */
static int for_each_above(int root, const char *directory,
	int (*visit)(int root, const char *above, struct err *err), struct err *err)
{
	char above[PATH_MAX];
	int r = 0;
	for (const char *slash = directory; r == 0 && (slash = strchr(slash, '/')); slash++) {
		if (snprintf(above, sizeof above, "%.*s", (int)(slash - directory), directory) >=
			(int)sizeof above) {
			errno = ENAMETOOLONG;
			return maildir_fail(err, "open", root, directory);
		}
		r = visit(root, above, err);
	}
	return r;
}

static int make_above(int root, const char *above, struct err *err)
{
	if (share_mkdir(root, above, root, SHARE_MAIL) < 0 && errno != EEXIST)
		return maildir_fail(err, "make directory", root, above);
	return 0;
}

/*
 * The part of a folder that is made last: if it exists, the whole folder is on the disk. A nested
 * layout has no mark.
 */
static const char *last_part(void)
{
	return folder_layout() == FOLDER_NESTED ? parts[PARTS - 1] : folder_mark;
}

/* The mark distinguishes a folder from other directories. */
static int make_folder(int root, const char *directory, int folder, struct err *err)
{
	if (maildir_sync_fd(root, root, ".", err) < 0 ||
		for_each_above(root, directory, maildir_sync_dir, err) < 0 ||
		maildir_make_parts(folder, err) < 0)
		return -1;
	if (folder_layout() == FOLDER_NESTED)
		return 0;
	int fd = share_open(folder, folder_mark, O_WRONLY | O_CREAT, folder, SHARE_MAIL);
	if (fd < 0)
		return maildir_fail(err, "create", folder, folder_mark);
	if (io_close(fd, folder_mark, err) < 0)
		return -1;
	return maildir_sync_fd(folder, folder, ".", err);
}

bool maildir_has_folder(int root, const char *directory)
{
	char last[PATH_MAX];
	const char *inner = parts[PARTS - 1];
	return snprintf(last, sizeof last, "%s/%s", directory[0] ? directory : ".", inner) <
		       (int)sizeof last &&
	       beneath_exists(root, last) == 0;
}

int maildir_open_folder(int root, const char *directory, struct err *err)
{
	bool made = false, inbox = directory[0] == '\0';
	if (for_each_above(root, directory, make_above, err) < 0)
		return -1;
	int fd = open_directory(root, inbox ? "." : directory, true, &made, err);
	if (fd < 0 || inbox || beneath_exists(fd, last_part()) == 0)
		return fd;
	if (make_folder(root, directory, fd, err) == 0)
		return fd;
	close(fd); /* the error is in ERR already */
	return -1;
}
