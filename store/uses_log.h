/*
 * The file uses.log in the state directory, to which deliveries append what the database "uses" is
 * to count (uses.h). It is not synced: a loss of power may forget the last lines. A line is
 *
 *   <seconds since 1970> <list><'+' matched, '!' spam> <entry>
 *
 * The first line is "uses 1 <generation>", a number that no other file of the mailbox has had; so
 * what was counted before a kill is not counted again.
 */
#ifndef STORE_USES_LOG_H
#define STORE_USES_LOG_H

#include "base/arena.h"
#include "base/err.h"
#include "store/uses.h"

/* Appends the uses at the time NOW. *SIZE is the file's size after that. */
int uses_log_add(const char *state_dir, const struct use *uses, size_t count, int64_t now,
	uint64_t *size, struct err *err);

/* The file as it is while its lock is held. */
struct uses_log {
	int fd; /* locked; -1: there is no such file */
	uint64_t generation;
	struct str text;
};

/* Opens, locks and reads it, for the one who empties it or only to read. -1 on error. */
int uses_log_open(const char *state_dir, bool empties, struct arena *mem, struct uses_log *log,
	struct err *err);
/* Makes what was read durable. */
int uses_log_sync(const struct uses_log *log, struct err *err);
/* The next line begins another generation. */
int uses_log_empty(const struct uses_log *log, struct err *err);
/* Releases the lock. */
void uses_log_close(struct uses_log *log);

/* A line of it. */
struct uses_line {
	int64_t time;
	struct use use;
};
/* Takes the next line that can be read off *TEXT; false at the end. */
bool uses_log_next(struct str *text, struct uses_line *line);

#endif
