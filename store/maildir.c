#include "store/maildir.h"

#include "mda/base/io.h"
#include "mda/base/path.h"
#include "mda/base/share.h"
#include "store/base_name.h"
#include "store/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { IOV_BATCH = 64, FIND_TRIES = 2 };

/* tmp comes last: where it is, the others are. */
static const char *const parts[] = {"cur", "new", "tmp"};
enum { PARTS = sizeof parts / sizeof *parts };

static const char folder_mark[] = "maildirfolder";
static const char unseen[] = ".unseen";

/* ---- errors ---- */

/* NAME is relative to DIR, whose path is looked up only here. */
static int fail(struct err *err, const char *what, int dir, const char *name)
{
	int e = errno;
	const char *dsn = e == EDQUOT ? "4.2.2" : e == ENOSPC ? "4.3.1" : NULL;
	char link[64], path[PATH_MAX];
	snprintf(link, sizeof link, "/proc/self/fd/%d", dir);
	ssize_t n = dir == AT_FDCWD ? -1 : readlink(link, path, sizeof path - 1);
	path[n < 0 ? 0 : n] = '\0';
	return err_coded(err, FAULT_TEMP, dsn, "cannot %s %s%s%s: %s", what, path, n < 0 ? "" : "/",
		name, beneath_why(e));
}

static int sync_fd(int fd, int dir, const char *name, struct err *err)
{
	return io_fsync(fd, name, NULL) < 0 ? fail(err, "sync", dir, name) : 0;
}

/* ---- directories ---- */

/* What says that there is no such file; any other error says nothing. */
static bool is_absent(int error)
{
	return error == ENOENT || error == ENOTDIR;
}

/* A folder is as the Maildir; a Maildir that is made is its owner's alone. */
static int make_directory(int parent, const char *name, bool is_folder)
{
	return is_folder ? share_mkdir(parent, name, parent, SHARE_MAIL)
			 : beneath_mkdir(parent, name, 0700);
}

/* *MADE is set when the directory had to be made. */
static int open_directory(int parent, const char *name, bool is_folder, bool *made, struct err *err)
{
	const int how = O_RDONLY | O_DIRECTORY;
	int fd = beneath_open(parent, name, how, 0);
	if (fd < 0 && errno == ENOENT) {
		if (make_directory(parent, name, is_folder) < 0 && errno != EEXIST)
			return fail(err, "make directory", parent, name);
		*made = true;
		fd = beneath_open(parent, name, how, 0);
	}
	return fd < 0 ? fail(err, "open directory", parent, name) : fd;
}

static int make_parts(int folder, struct err *err)
{
	bool made = false;
	for (size_t i = 0; i < PARTS; i++) {
		if (share_mkdir(folder, parts[i], folder, SHARE_MAIL) == 0)
			made = true;
		else if (errno != EEXIST)
			return fail(err, "make directory", folder, parts[i]);
	}
	return made ? sync_fd(folder, folder, ".", err) : 0;
}

/* PATH without slashes at its end, so that its last component is a name. */
static int clean_path(const char *path, char *clean, struct err *err)
{
	size_t n = strlen(path);
	while (n > 1 && path[n - 1] == '/')
		n--;
	if (n == 0 || n >= PATH_MAX)
		return err_temp(err, "\"%.100s\" is no path for a Maildir", path);
	memmove(clean, path, n);
	clean[n] = '\0';
	return 0;
}

/* One that is there is a Maildir: the place where a disk is not mounted is none. */
static int open_existing(const char *path, struct err *err)
{
	int fd = path_open_dir_itself(path);
	if (fd >= 0 && beneath_exists(fd, parts[0]) == 0)
		return fd;
	int e = errno;
	if (fd >= 0)
		close(fd); /* nothing was written */
	if (!is_absent(e))
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
	if (fd >= 0 && made && (sync_fd(parent, parent, ".", err) < 0 || make_parts(fd, err) < 0)) {
		close(fd); /* the error is told already */
		return -1;
	}
	return fd;
}

/* Above the Maildir path.h says what is followed; it is never a link itself, unless follow_links allows it. */
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
		snprintf(above, sizeof above, "%.*s", (int)(name - clean), clean);
		if (clean_path(above, above, err) < 0 || io_make_dirs(above, 0700, err) < 0)
			return -1;
		parent = path_open_parent(clean, &name);
	}
	if (parent < 0)
		return err_temp(
			err, "cannot open the directory of %s: %s", path, beneath_why(errno));
	int fd = open_root_in(parent, *name ? name : ".", err);
	close(parent); /* synced if anything was made */
	return fd;
}

/* What VISIT says of each directory above DIRECTORY, the outermost first; it has some in a nested layout only. */
static int for_each_above(int root, const char *directory,
	int (*visit)(int root, const char *above, struct err *err), struct err *err)
{
	char above[PATH_MAX];
	int r = 0;
	for (const char *slash = directory; r == 0 && (slash = strchr(slash, '/')); slash++) {
		snprintf(above, sizeof above, "%.*s", (int)(slash - directory), directory);
		r = visit(root, above, err);
	}
	return r;
}

static int make_above(int root, const char *above, struct err *err)
{
	if (share_mkdir(root, above, root, SHARE_MAIL) < 0 && errno != EEXIST)
		return fail(err, "make directory", root, above);
	return 0;
}

static int sync_above(int root, const char *above, struct err *err)
{
	int fd = beneath_open(root, above, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return fail(err, "open directory", root, above);
	int r = sync_fd(fd, root, above, err);
	close(fd); /* only its names were synced */
	return r;
}

/* What comes last of a folder, so that where it is, the folder is on the disk. In a nested layout there is no mark. */
static const char *last_part(void)
{
	return folder_layout() == FOLDER_NESTED ? parts[PARTS - 1] : folder_mark;
}

/* The mark tells a folder from other directories. */
static int make_folder(int root, const char *directory, int folder, struct err *err)
{
	if (sync_fd(root, root, ".", err) < 0 ||
		for_each_above(root, directory, sync_above, err) < 0 || make_parts(folder, err) < 0)
		return -1;
	if (folder_layout() == FOLDER_NESTED)
		return 0;
	int fd = share_open(folder, folder_mark, O_WRONLY | O_CREAT, folder, SHARE_MAIL);
	if (fd < 0)
		return fail(err, "create", folder, folder_mark);
	if (io_close(fd, folder_mark, err) < 0)
		return -1;
	return sync_fd(folder, folder, ".", err);
}

bool maildir_has_folder(int root, const char *directory)
{
	char last[PATH_MAX];
	snprintf(last, sizeof last, "%s/%s", directory[0] ? directory : ".", parts[PARTS - 1]);
	return beneath_exists(root, last) == 0;
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
	close(fd); /* the error is told already */
	return -1;
}

/* ---- tmp/ ---- */

/* Base names are at most 255 bytes, by the file system or by the journal's maker; a longer one is cut and not found. */
static void path_of(char *path, const char *part, const char *base)
{
	snprintf(path, PATH_MAX, "%s/%s", part, base);
}

static void unseen_path(char *path, const char *base)
{
	snprintf(path, PATH_MAX, "tmp/%s%s", base, unseen);
}

void maildir_unseen_name(char *name, const char *base)
{
	snprintf(name, PATH_MAX, "%s%s", base, unseen);
}

size_t maildir_unseen_base(const char *name)
{
	size_t n = strlen(name), suffix = sizeof unseen - 1;
	return n > suffix && strcmp(name + n - suffix, unseen) == 0 ? n - suffix : 0;
}

static int open_tmp(int folder, const char *path, struct err *err)
{
	const int how = O_WRONLY | O_CREAT | O_EXCL;
	int fd = share_open(folder, path, how, folder, SHARE_MAIL);
	if (fd < 0 && errno == ENOENT) {
		if (make_parts(folder, err) < 0)
			return -1;
		fd = share_open(folder, path, how, folder, SHARE_MAIL);
	}
	return fd < 0 ? fail(err, "create", folder, path) : fd;
}

/* Takes the N bytes that were written off the batch. */
static void advance(struct iovec **iov, int *count, size_t n)
{
	while (*count && n >= (*iov)->iov_len) {
		n -= (*iov)->iov_len;
		++*iov;
		--*count;
	}
	if (*count) {
		(*iov)->iov_base = (char *)(*iov)->iov_base + n;
		(*iov)->iov_len -= n;
	}
}

static int write_batch(int fd, struct iovec *iov, int count)
{
	while (count) {
		ssize_t n = writev(fd, iov, count);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		advance(&iov, &count, (size_t)n);
	}
	return 0;
}

static int write_pieces(int fd, const struct str *pieces, size_t count)
{
	for (size_t done = 0; done < count;) {
		struct iovec iov[IOV_BATCH];
		int n = 0;
		for (; n < IOV_BATCH && done < count; done++)
			if (pieces[done].n)
				iov[n++] = (struct iovec){(void *)pieces[done].p, pieces[done].n};
		if (write_batch(fd, iov, n) < 0)
			return -1;
	}
	return 0;
}

static bool lacks_links(int error)
{
	return error == EPERM || error == EOPNOTSUPP || error == ENOSYS;
}

/* Before the sync, which brings both names to the disk on Linux's file systems. */
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
	int r = write_pieces(fd, pieces, count);
	if (r == 0)
		r = name_unseen(folder, base, fd, written);
	if (r < 0)
		fail(err, "write", folder, path);
	else
		r = sync_fd(fd, folder, path, err);
	if (io_close(fd, path, NULL) < 0 && r == 0)
		r = fail(err, "close", folder, path);
	if (r < 0)
		(void)maildir_forget(folder, base, NULL); /* the first error is the one to tell */
	return r;
}

static int remove_name(int dir, const char *path, struct err *err)
{
	if (beneath_unlink(dir, path) < 0 && errno != ENOENT)
		return fail(err, "remove", dir, path);
	return 0;
}

/* The marker first: one that is alone says that the message was shown. */
static int forget(int dir, const char *path, struct err *err)
{
	char second[PATH_MAX + sizeof unseen];
	snprintf(second, sizeof second, "%s%s", path, unseen);
	return remove_name(dir, path, err) < 0 ? -1 : remove_name(dir, second, err);
}

int maildir_forget(int folder, const char *base, struct err *err)
{
	char path[PATH_MAX];
	path_of(path, "tmp", base);
	return forget(folder, path, err);
}

/* 1 with *ST when tmp/BASE is a regular file. */
static int look_at_tmp(int folder, const char *base, struct stat *st, struct err *err)
{
	char path[PATH_MAX];
	path_of(path, "tmp", base);
	if (beneath_lstat(folder, path, st) == 0)
		return S_ISREG(st->st_mode);
	return is_absent(errno) ? 0 : fail(err, "look at", folder, path);
}

int maildir_has_tmp(int folder, const char *base, size_t size, struct err *err)
{
	struct stat st;
	int there = look_at_tmp(folder, base, &st, err);
	return there == 1 ? (unsigned long long)st.st_size == size : there;
}

int maildir_was_shown(int folder, const char *base, const struct written *written, struct err *err)
{
	struct stat st;
	char second[PATH_MAX];
	int there = look_at_tmp(folder, base, &st, err);
	if (there <= 0)
		return there;
	unseen_path(second, base);
	if (beneath_exists(folder, second) == 0)
		return st.st_nlink > 2; /* a loss of power brought the second name back */
	if (!is_absent(errno))
		return fail(err, "look for", folder, second);
	return st.st_nlink > 1 || (written && written_holds(written, &st));
}

static void marker_path(char *path, const char *directory, const char *base)
{
	snprintf(path, PATH_MAX, "%s/tmp/%s", directory[0] ? directory : ".", base);
}

int maildir_has_marker(int root, const char *directory, const char *base, struct err *err)
{
	char path[PATH_MAX];
	marker_path(path, directory, base);
	if (beneath_exists(root, path) == 0)
		return 1;
	return is_absent(errno) ? 0 : fail(err, "look for", root, path);
}

int maildir_forget_marker(int root, const char *directory, const char *base, struct err *err)
{
	char path[PATH_MAX];
	marker_path(path, directory, base);
	return forget(root, path, err);
}

/* ---- new/ and cur/ ---- */

static const char *part_for(unsigned flags)
{
	return flags ? "cur" : "new";
}

/* Where the file system has no hard links: rename, and an empty file takes the name in tmp/. */
static int show_by_rename(int folder, const char *from, const char *to)
{
	if (beneath_rename(folder, from, folder, to) < 0)
		return -1;
	const int how = O_WRONLY | O_CREAT | O_EXCL;
	int fd = share_open(folder, from, how, folder, SHARE_MAIL);
	return fd < 0 || close(fd) < 0 ? -1 : 0;
}

/* Without its second name, or where a rename may overwrite. */
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

int maildir_show(int folder, const char *base, unsigned flags, struct err *err)
{
	char from[PATH_MAX], second[PATH_MAX], to[PATH_MAX], letters[BASE_NAME_FLAGS];
	path_of(from, "tmp", base);
	unseen_path(second, base);
	base_name_flags(flags, letters);
	snprintf(to, sizeof to, "%s/%s%s%s", part_for(flags), base, flags ? ":2," : "", letters);
	if (show_once(folder, from, second, to) == 0)
		return 0;
	if (errno == ENOENT && make_parts(folder, NULL) == 0 &&
		show_once(folder, from, second, to) == 0)
		return 0;
	return fail(err, "move the message to", folder, to);
}

int maildir_sync(int folder, unsigned flags, struct err *err)
{
	const char *part = part_for(flags);
	int fd = beneath_open(folder, part, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return fail(err, "open", folder, part);
	int r = sync_fd(fd, folder, part, err);
	close(fd); /* only its names were synced */
	return r;
}

/* ---- looking ---- */

int maildir_walk(int folder, const char *part, bool (*visit)(void *context, const char *name),
	void *context, struct err *err)
{
	int fd = beneath_open(folder, part, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return errno == ENOENT ? 0 : fail(err, "open", folder, part);
	DIR *dir = fdopendir(fd);
	if (!dir) {
		close(fd); /* nothing was written */
		return fail(err, "read", folder, part);
	}
	const struct dirent *entry;
	bool more = true;
	while (more && (errno = 0, entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			more = visit(context, entry->d_name);
	int r = more && errno ? fail(err, "read", folder, part) : 0;
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

/* A reader may move a file, or change its flags, while we look: then one look may miss it. */
int maildir_has(int folder, const char *base, struct err *err)
{
	char path[PATH_MAX];
	struct search s = {.base = str_of(base)};
	path_of(path, "new", base);
	for (int i = 0; i < FIND_TRIES && !s.found; i++) {
		if (beneath_exists(folder, path) == 0)
			return 1;
		if (!is_absent(errno))
			return fail(err, "look for", folder, path);
		if (maildir_walk(folder, "cur", compare_base, &s, err) < 0)
			return -1;
	}
	return s.found;
}
