/*
 * System calls with their retries and short counts handled. All functions report errors in struct
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

/* The same for pieces, one after the other; -1 with errno. */
int io_write_pieces(int fd, const struct str *pieces, size_t count);
/* Reads up to N bytes, retrying EINTR. Returns the count, 0 at the end, -1 with errno. */
ssize_t io_read(int fd, char *p, size_t n);

/* Appends the rest of FD to the buffer. More than MAX bytes is an error. */
int io_read_all(int fd, size_t max, struct buf *into, const char *what, struct err *err);

/*
 * Reads a regular file of at most MAX bytes into the arena: 1 when read, 0 when it does not exist,
 * -1 on error. A FIFO, a device or a directory is an error and never blocks.
 */
int io_read_file(
	const char *path, size_t max, struct arena *mem, struct str *text, struct err *err);

/* Replaces PATH: writes a temporary file beside it, syncs, renames, and syncs the directory. */
int io_replace_file(const char *path, struct str text, mode_t mode, struct err *err);

/* close() that reports failure, which may be the first sign of a failed write. */
int io_close(int fd, const char *what, struct err *err);

/*
 * Writes what stdout still holds. -1 if anything that was printed to it since the start is lost,
 * also if an earlier printf() failed: nobody looks at the result of each.
 */
int io_flush_stdout(struct err *err);

int io_fsync(int fd, const char *what, struct err *err);
/* Writes TEXT, syncs and closes FD, in any case. -1 with the reason: the file may be incomplete. */
int io_write_synced(int fd, const char *path, struct str text, struct err *err);
/* Syncs a directory, so that the names in it are on the disk. */
int io_fsync_dir(const char *path, struct err *err);

/*
 * Makes a directory and the missing ones above it, and syncs them. It is not an error if it exists.
 */
int io_make_dirs(const char *path, mode_t mode, struct err *err);

/*
 * Opens a file in DIR without a name, which disappears when it is closed. Returns the descriptor,
 * or -1.
 */
int io_spool(const char *dir, struct err *err);

/* Monotonic microseconds, for measuring. */
long long io_microseconds(void);
/* The processor time that this process has used; 0 if it cannot be found out. */
unsigned long long io_cpu_milliseconds(void);

#endif
