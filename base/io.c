#include "base/io.h"

#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 64 * 1024, IOV_BATCH = 64, WRITE_MOST = 256 * 1024 };

int io_write(int fd, struct str bytes, const char *what, struct err *err)
{
	while (bytes.n) {
		ssize_t n = write(fd, bytes.p, bytes.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_temp(err, "cannot write %s: %s", what, strerror(errno));
		bytes = str_slice(bytes, (size_t)n, bytes.n);
	}
	return 0;
}

/* Removes the N bytes that were written from the batch. */
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

/* What is left of some pieces. */
struct rest {
	const struct str *pieces;
	size_t count, done; /* bytes of the first one that are written */
};

/* Takes at most ROOM bytes off the rest; returns how many. */
static size_t next_batch(struct rest *rest, size_t room, struct iovec iov[IOV_BATCH], int *n)
{
	size_t all = 0;
	for (*n = 0; *n < IOV_BATCH && all < room && rest->count;) {
		struct str piece = str_slice(*rest->pieces, rest->done, rest->pieces->n);
		size_t take = piece.n < room - all ? piece.n : room - all;
		if (take)
			iov[(*n)++] = (struct iovec){(void *)piece.p, take};
		all += take;
		rest->done += take;
		if (take == piece.n)
			*rest = (struct rest){rest->pieces + 1, rest->count - 1, 0};
	}
	return all;
}

/*
 * For one large write, Linux makes pages of up to 2 MB, and a virtual machine may have to wait
 * until its host has such memory. Writes that start at a multiple of WRITE_MOST avoid that, and
 * take no longer otherwise.
 */
int io_write_pieces(int fd, const struct str *pieces, size_t count)
{
	struct rest rest = {.pieces = pieces, .count = count};
	for (size_t room = WRITE_MOST; rest.count; room = room ? room : WRITE_MOST) {
		struct iovec iov[IOV_BATCH];
		int n;
		room -= next_batch(&rest, room, iov, &n);
		if (write_batch(fd, iov, n) < 0)
			return -1;
	}
	return 0;
}

ssize_t io_read(int fd, char *p, size_t n)
{
	ssize_t got;
	do {
		got = read(fd, p, n);
	} while (got < 0 && errno == EINTR);
	return got;
}

int io_read_all(int fd, size_t max, struct buf *into, const char *what, struct err *err)
{
	for (;;) {
		size_t room;
		char *p = buf_space(into, CHUNK, &room);
		ssize_t n = io_read(fd, p, room);
		if (n < 0)
			return err_system(err, errno, "cannot read %s", what);
		if (n == 0)
			return 0;
		into->n += (size_t)n;
		if (into->n > max)
			return err_temp(err, "%s is larger than %zu bytes", what, max);
	}
}

static int read_opened(
	int fd, const char *path, size_t max, struct arena *mem, struct str *text, struct err *err)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return err_system(err, errno, "cannot stat %s", path);
	if (!S_ISREG(st.st_mode))
		return err_temp(err, "%s is not a regular file", path);
	if ((unsigned long long)st.st_size > max)
		return err_temp(err, "%s is larger than %zu bytes", path, max);
	/* Read at once and in place, unless the file grows meanwhile or its size is unknown. */
	size_t size = (size_t)st.st_size, n = 0;
	char *p = arena_alloc(mem, size + 1);
	ssize_t got;
	while ((got = io_read(fd, p + n, size + 1 - n)) > 0 && n + (size_t)got < size)
		n += (size_t)got;
	/* A file that gives less than was asked ends there. */
	if (got > 0 && n + (size_t)got == size) {
		n = size;
		got = 0;
	}
	if (got == 0) {
		*text = (struct str){p, n};
		return 1;
	}
	struct buf b = {0};
	buf_add(&b, (struct str){p, n + (got > 0)});
	int r = io_read_all(fd, max, &b, path, err);
	if (r == 0)
		*text = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return r < 0 ? -1 : 1;
}

int io_read_file(const char *path, size_t max, struct arena *mem, struct str *text, struct err *err)
{
	int fd = path_open(path, O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0 && errno == ENXIO) /* a socket */
		return err_temp(err, "%s is not a regular file", path);
	if (fd < 0)
		return err_system(err, errno, "cannot open %s", path);
	int r = read_opened(fd, path, max, mem, text, err);
	close(fd); /* nothing was written */
	return r;
}

int io_close(int fd, const char *what, struct err *err)
{
	/*
	 * After EINTR, Linux has closed it. Closing it again could close somebody else's
	 * descriptor.
	 */
	if (close(fd) < 0 && errno != EINTR)
		return err_temp(err, "cannot close %s: %s", what, strerror(errno));
	return 0;
}

int io_flush_stdout(struct err *err)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	return err_temp(err, "cannot write the result");
}

int io_fsync(int fd, const char *what, struct err *err)
{
	int r;
	do {
		r = fsync(fd);
	} while (r < 0 && errno == EINTR);
	if (r < 0)
		return err_temp(err, "cannot sync %s: %s", what, strerror(errno));
	return 0;
}

int io_fsync_dir(const char *path, struct err *err)
{
	int fd = path_open_dir(path);
	if (fd < 0)
		return err_temp(err, "cannot open directory %s: %s", path, beneath_why(errno));
	int r = io_fsync(fd, path, err);
	close(fd); /* only its names were synced */
	return r;
}

int io_write_synced(int fd, const char *path, struct str text, struct err *err)
{
	int r = io_write(fd, text, path, err);
	if (r == 0)
		r = io_fsync(fd, path, err);
	if (io_close(fd, path, r == 0 ? err : NULL) < 0)
		r = -1;
	return r;
}

/* The temporary file is in the same directory, and its name has our process number. */
static int replace_in(
	int dir, const char *name, const char *path, struct str text, mode_t mode, struct err *err)
{
	char tmp[NAME_MAX + 1];
	if (snprintf(tmp, sizeof tmp, "%s.tmp%ld", name, (long)getpid()) >= (int)sizeof tmp)
		return err_temp(err, "the path %s is too long", path);
	beneath_unlink(dir, tmp); /* left by a process that had our number and died */
	int fd = beneath_open(dir, tmp, O_WRONLY | O_CREAT | O_EXCL, mode);
	if (fd < 0)
		return err_temp(err, "cannot create %s for %s: %s", tmp, path, beneath_why(errno));
	if (io_write_synced(fd, path, text, err) < 0) {
		beneath_unlink(dir, tmp); /* the first error is reported */
		return -1;
	}
	if (beneath_rename(dir, tmp, dir, name) == 0)
		return io_fsync(dir, path, err);
	err_temp(err, "cannot rename %s to %s: %s", tmp, path, beneath_why(errno));
	beneath_unlink(dir, tmp); /* the first error is reported */
	return -1;
}

int io_replace_file(const char *path, struct str text, mode_t mode, struct err *err)
{
	const char *name;
	int dir = path_open_parent(path, &name);
	if (dir < 0)
		return err_temp(
			err, "cannot open the directory of %s: %s", path, beneath_why(errno));
	int r = replace_in(dir, name, path, text, mode, err);
	close(dir); /* synced if anything was written */
	return r;
}

static int sync_parent(const char *path, struct err *err)
{
	const char *name;
	int dir = path_open_parent(path, &name);
	if (dir < 0)
		return err_temp(
			err, "cannot open the directory of %s: %s", path, beneath_why(errno));
	int r = io_fsync(dir, path, err);
	close(dir); /* only its names were synced */
	return r;
}

static int make_dir(const char *path, mode_t mode, struct err *err)
{
	if (path_is_directory(path))
		return 0;
	if (path_mkdir(path, mode) == 0)
		return sync_parent(path, err);
	if (errno == EEXIST && path_is_directory(path)) /* another process made it first */
		return 0;
	struct stat st;
	if (errno == EEXIST && path_stat(path, &st) == 0)
		errno = ENOTDIR;
	return err_temp(err, "cannot make directory %s: %s", path, beneath_why(errno));
}

int io_make_dirs(const char *path, mode_t mode, struct err *err)
{
	char part[4096];
	size_t n = strlen(path);
	if (n >= sizeof part)
		return err_temp(err, "the path %.100s... is too long", path);
	for (size_t i = 1; i <= n; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (make_dir(part, mode, err) < 0)
			return -1;
	}
	return 0;
}

long long io_microseconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

unsigned long long io_cpu_milliseconds(void)
{
	struct timespec t;
	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) < 0)
		return 0;
	return (unsigned long long)t.tv_sec * 1000 + (unsigned long long)t.tv_nsec / 1000000;
}

int io_spool(const char *dir, struct err *err)
{
	int fd = path_open(dir, O_TMPFILE | O_RDWR, 0600);
	if (fd >= 0)
		return fd;
	if (errno != EOPNOTSUPP && errno != EISDIR) /* no O_TMPFILE here */
		return err_temp(
			err, "cannot make a spool file in \"%s\": %s", dir, strerror(errno));
	char path[4096];
	if (snprintf(path, sizeof path, "%s/mda-spool.XXXXXX", dir) >= (int)sizeof path)
		return err_temp(err, "the path %.200s is too long", dir);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return err_temp(err, "cannot make a spool file in %s: %s", dir, strerror(errno));
	if (path_unlink(path) < 0) {
		err_temp(err, "cannot unlink %s: %s", path, strerror(errno));
		close(fd); /* the error is in ERR already */
		return -1;
	}
	return fd;
}
