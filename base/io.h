/*
 * System calls with their retries, short counts and errors taken care of. All report through struct
 * err.
 */
#ifndef BASE_IO_H
#define BASE_IO_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

/* Writes everything, retrying short writes and EINTR. WHAT names the target in the error. */
int io_write(int fd, struct str bytes, const char *what, struct err *err);

/* Up to N bytes, retrying EINTR: the count, 0 at the end, -1 with errno set. */
ssize_t io_read(int fd, char *p, size_t n);

/* Reads what is left of FD, at most MAX bytes (more is an error), into the buffer. */
int io_read_all(int fd, size_t max, struct buf *into, const char *what, struct err *err);

/*
 * Reads a regular file of at most MAX bytes into the arena: 1 when read, 0 when it does not exist,
 * -1 on error. A FIFO, device or directory is an error and never blocks.
 */
int io_read_file(
	const char *path, size_t max, struct arena *mem, struct str *text, struct err *err);

/* Replaces PATH by TEXT: temporary file beside it, fsync, rename, fsync of the directory. */
int io_replace_file(const char *path, struct str text, mode_t mode, struct err *err);

/* close() whose failure is seen, as it may be the first to tell of a failed write. */
int io_close(int fd, const char *what, struct err *err);

int io_fsync(int fd, const char *what, struct err *err);
/* fsync of a directory, so that the names in it are on the disk. */
int io_fsync_dir(const char *path, struct err *err);

/*
 * Makes a directory and those above it that are missing, and syncs them. One that is there already
 * is fine.
 */
int io_make_dirs(const char *path, mode_t mode, struct err *err);

/* A file of DIR without a name, which ends with its descriptor. The descriptor, or -1. */
int io_spool(const char *dir, struct err *err);

/* Monotonic microseconds, for measuring. */
long long io_microseconds(void);

#endif
