#include "store/maildir.h"

#include "mda/base/buf.h"
#include "mda/base/io.h"
#include "mda/base/verdict.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

enum { HOST_MAX = 96, IOV_BATCH = 64 };

static const char *const parts[] = {"tmp", "new", "cur"};

/* ---- directories ---- */

/* A full disk or quota is told by a code of its own (RFC 3463 sections 3.3 and 3.4). */
static int fail(struct err *err, const char *what, const char *name)
{
	int e = errno;
	const char *dsn = e == EDQUOT ? "4.2.2" : e == ENOSPC ? "4.3.1" : NULL;
	return err_coded(err, FAULT_TEMP, dsn, "cannot %s %s: %s", what, name, strerror(e));
}

static int open_link(int parent, const char *name, struct err *err)
{
	struct stat st;
	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(err, "look at", name);
	if (!S_ISLNK(st.st_mode))
		return err_temp(err, "%s is not a directory", name);
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_temp(err, "%s is a symbolic link to no directory that can be used: %s",
			name, strerror(errno));
	if (fstat(fd, &st) == 0 && st.st_uid == geteuid())
		return fd;
	close(fd); /* nothing was written */
	return err_temp(err, "%s is a symbolic link to a directory of somebody else", name);
}

/* *MADE is set when the directory had to be made. */
static int open_directory(int parent, const char *name, bool *made, struct err *err)
{
	const int how = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(parent, name, how);
	if (fd < 0 && errno == ENOENT) {
		if (mkdirat(parent, name, 0700) < 0 && errno != EEXIST)
			return fail(err, "make directory", name);
		*made = true;
		fd = openat(parent, name, how);
	}
	if (fd >= 0)
		return fd;
	if (errno == ELOOP || errno == ENOTDIR)
		return open_link(parent, name, err);
	return fail(err, "open directory", name);
}

int maildir_make_parts(int folder, struct err *err)
{
	bool made = false;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (mkdirat(folder, parts[i], 0700) == 0)
			made = true;
		else if (errno != EEXIST)
			return fail(err, "make directory", parts[i]);
	}
	return made ? io_fsync(folder, "the mail folder", err) : 0;
}

static int sync_parent(const char *path, struct err *err)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');
	snprintf(dir, sizeof dir, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
	return io_fsync_dir(dir[0] ? dir : "/", err);
}

static int make_parents(const char *path, struct err *err)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');
	if (!slash || slash == path)
		return 0;
	if (snprintf(dir, sizeof dir, "%.*s", (int)(slash - path), path) >= (int)sizeof dir)
		return err_temp(err, "the path %.200s is too long", path);
	return io_make_dirs(dir, 0700, err);
}

int maildir_open_root(const char *path, struct err *err)
{
	bool made = false;
	struct stat st;
	if (lstat(path, &st) < 0 && errno == ENOENT && make_parents(path, err) < 0)
		return -1;
	int fd = open_directory(AT_FDCWD, path, &made, err);
	if (fd >= 0 && made && (maildir_make_parts(fd, err) < 0 || sync_parent(path, err) < 0)) {
		close(fd); /* the error is told already */
		return -1;
	}
	return fd;
}

/* A folder of Maildir++ is told from other directories by this file. */
static int make_folder(int root, int folder, struct err *err)
{
	if (maildir_make_parts(folder, err) < 0)
		return -1;
	int fd = openat(folder, "maildirfolder", O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fail(err, "create", "maildirfolder");
	if (io_close(fd, "maildirfolder", err) < 0 || io_fsync(folder, "the mail folder", err) < 0)
		return -1;
	return io_fsync(root, "the Maildir", err);
}

int maildir_open_folder(int root, const char *directory, struct err *err)
{
	bool made = false;
	int fd = open_directory(root, directory[0] ? directory : ".", &made, err);
	if (fd >= 0 && made && make_folder(root, fd, err) < 0) {
		close(fd); /* the error is told already */
		return -1;
	}
	return fd;
}

/* ---- names ---- */

/* A slash would lead elsewhere, a colon starts the flags. */
static void host_name(char *host, size_t size)
{
	char raw[HOST_MAX + 1] = "localhost";
	size_t n = 0;
	if (gethostname(raw, sizeof raw - 1) < 0)
		snprintf(raw, sizeof raw, "localhost");
	for (const char *p = raw; *p && n + 5 < size; p++) {
		if (*p == '/' || *p == ':')
			n += (size_t)snprintf(host + n, size - n, "\\%03o", (unsigned)*p);
		else
			host[n++] = *p > ' ' && *p < 0x7f ? *p : '_';
	}
	host[n] = '\0';
}

/* Line feeds that have no carriage return before them, over all pieces. */
static size_t count_bare_lf(const struct str *pieces, size_t count)
{
	size_t bare = 0;
	char before = '\0';
	for (size_t i = 0; i < count; i++) {
		const char *p = pieces[i].p, *end = p + pieces[i].n;
		for (const char *lf; p < end && (lf = memchr(p, '\n', (size_t)(end - p)));
			p = lf + 1)
			bare += (lf == pieces[i].p ? before : lf[-1]) != '\r';
		if (pieces[i].n)
			before = end[-1];
	}
	return bare;
}

static size_t total(const struct str *pieces, size_t count)
{
	size_t n = 0;
	for (size_t i = 0; i < count; i++)
		n += pieces[i].n;
	return n;
}

const char *maildir_base_name(const struct str *pieces, size_t count, struct arena *mem)
{
	static unsigned counter;
	char host[HOST_MAX];
	struct timeval now;
	gettimeofday(&now, NULL);
	host_name(host, sizeof host);
	size_t size = total(pieces, count);
	return arena_fmt(mem, "%lld.M%06ldP%ldQ%u.%s,S=%zu,W=%zu", (long long)now.tv_sec,
		(long)now.tv_usec, (long)getpid(), ++counter, host, size,
		size + count_bare_lf(pieces, count))
		.p;
}

struct str maildir_base_of(struct str name)
{
	return str_slice(name, 0, str_find(name, ':'));
}

/* The letters of the Maildir, sorted. */
static void flag_letters(unsigned flags, char *letters)
{
	static const struct {
		unsigned bit;
		char letter;
	} table[] = {{FLAG_DRAFT, 'D'}, {FLAG_FLAGGED, 'F'}, {FLAG_PASSED, 'P'},
		{FLAG_REPLIED, 'R'}, {FLAG_SEEN, 'S'}, {FLAG_TRASHED, 'T'}};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (flags & table[i].bit)
			*letters++ = table[i].letter;
	*letters = '\0';
}

static void path_of(char *path, const char *part, const char *base)
{
	snprintf(path, PATH_MAX, "%s/%s", part, base);
}

/* ---- writing ---- */

static int open_tmp(int folder, const char *base, struct err *err)
{
	char path[PATH_MAX];
	path_of(path, "tmp", base);
	const int how = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(folder, path, how, 0600);
	if (fd < 0 && errno == ENOENT && maildir_make_parts(folder, err) == 0)
		fd = openat(folder, path, how, 0600);
	return fd < 0 ? fail(err, "create", path) : fd;
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

static int write_batch(int fd, struct iovec *iov, int count, struct err *err)
{
	while (count) {
		ssize_t n = writev(fd, iov, count);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(err, "write", "the message");
		advance(&iov, &count, (size_t)n);
	}
	return 0;
}

static int write_pieces(int fd, const struct str *pieces, size_t count, struct err *err)
{
	for (size_t done = 0; done < count;) {
		struct iovec iov[IOV_BATCH];
		int n = 0;
		for (; n < IOV_BATCH && done < count; done++)
			if (pieces[done].n)
				iov[n++] = (struct iovec){(void *)pieces[done].p, pieces[done].n};
		if (write_batch(fd, iov, n, err) < 0)
			return -1;
	}
	return 0;
}

int maildir_write(
	int folder, const char *base, const struct str *pieces, size_t count, struct err *err)
{
	int fd = open_tmp(folder, base, err);
	if (fd < 0)
		return -1;
	int r = write_pieces(fd, pieces, count, err);
	if (r == 0)
		r = io_fsync(fd, "the message", err);
	if (io_close(fd, "the message", r == 0 ? err : NULL) < 0)
		r = -1;
	if (r < 0)
		maildir_forget(folder, base);
	return r;
}

void maildir_forget(int folder, const char *base)
{
	char path[PATH_MAX];
	path_of(path, "tmp", base);
	/* What cannot be removed now goes with the old files of tmp/ later. */
	(void)unlinkat(folder, path, 0);
}

static const char *part_for(unsigned flags)
{
	return flags ? "cur" : "new";
}

int maildir_show(int folder, const char *base, unsigned flags, struct err *err)
{
	char from[PATH_MAX], to[PATH_MAX], letters[8];
	path_of(from, "tmp", base);
	path_of(to, part_for(flags), base);
	if (flags) {
		flag_letters(flags, letters);
		snprintf(to + strlen(to), sizeof to - strlen(to), ":2,%s", letters);
	}
	if (renameat(folder, from, folder, to) == 0)
		return 0;
	if (errno == ENOENT && maildir_make_parts(folder, err) == 0 &&
		renameat(folder, from, folder, to) == 0)
		return 0;
	return fail(err, "move the message to", to);
}

int maildir_sync(int folder, unsigned flags, struct err *err)
{
	int fd = openat(folder, part_for(flags), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fail(err, "open", part_for(flags));
	int r = io_fsync(fd, part_for(flags), err);
	close(fd); /* only its names were synced */
	return r;
}

/* ---- looking ---- */

int maildir_walk(int folder, const char *part, bool (*visit)(void *context, const char *name),
	void *context, struct err *err)
{
	int fd = openat(folder, part, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : fail(err, "open", part);
	DIR *dir = fdopendir(fd);
	if (!dir) {
		close(fd); /* nothing was written */
		return fail(err, "read", part);
	}
	const struct dirent *entry;
	bool more = true;
	while (more && (errno = 0, entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			more = visit(context, entry->d_name);
	int r = more && errno ? fail(err, "read", part) : 0;
	closedir(dir);
	return r;
}

int maildir_walk_folders(int root, bool (*visit)(void *context, const char *directory),
	void *context, struct err *err)
{
	struct stat st;
	const struct dirent *entry;
	if (!visit(context, ""))
		return 0;
	int fd = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		if (fd >= 0)
			close(fd); /* nothing was written */
		return fail(err, "read", "the Maildir");
	}
	while ((entry = readdir(dir))) {
		const char *name = entry->d_name;
		char cur[PATH_MAX];
		snprintf(cur, sizeof cur, "%s/cur", name);
		if (name[0] != '.' || name[1] == '\0' || name[1] == '.')
			continue;
		if (fstatat(root, cur, &st, 0) == 0 && S_ISDIR(st.st_mode) && !visit(context, name))
			break;
	}
	closedir(dir);
	return 0;
}

struct search {
	struct str base;
	bool found;
};

static bool compare_base(void *context, const char *name)
{
	struct search *s = context;
	s->found = str_eq(maildir_base_of(str_of(name)), s->base);
	return !s->found;
}

int maildir_has(int folder, const char *base, struct err *err)
{
	char path[PATH_MAX];
	struct stat st;
	struct search s = {.base = str_of(base)};
	path_of(path, "new", base);
	if (fstatat(folder, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	if (maildir_walk(folder, "cur", compare_base, &s, err) < 0)
		return -1;
	/* It may have moved from new/ to cur/ while we looked; or back, by a program that marks it as new. */
	if (!s.found && fstatat(folder, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	return s.found;
}
