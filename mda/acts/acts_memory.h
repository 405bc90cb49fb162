/*
 * What is remembered between two looks at the folders that act, in the state directory: the time of
 * each folder's tmp/ at the last look, and the message whose entry is being taken back.
 */
#ifndef MDA_ACTS_ACTS_MEMORY_H
#define MDA_ACTS_ACTS_MEMORY_H

#include "mda/acts/acts.h"

#include <time.h>

struct acts_seen {
	struct str directory;
	struct timespec time;
};

struct acts_memory {
	struct acts_seen *items;
	size_t count;
};

/* A file that cannot be read is forgotten: then all folders are looked at. */
void acts_memory_read(const struct acts *a, struct acts_memory *m);
int acts_memory_write(const struct acts *a, const struct acts_memory *m, struct err *err);

/* The time of DIRECTORY's tmp/ at the last look; all zero if there was none. */
struct timespec acts_memory_of(const struct acts_memory *m, struct str directory);
void acts_memory_set(
	struct acts_memory *m, struct str directory, struct timespec time, struct arena *mem);

/*
 * The base name of the message whose entry is being taken back; empty: none. Setting it is durable
 * on return.
 */
struct str acts_memory_undone(const struct acts *a);
int acts_memory_set_undone(const struct acts *a, struct str base, struct err *err);

/*
 * Locks the state, so that two deliveries do not act at once. The descriptor, or -1: another
 * process acts, or there is no state yet.
 */
int acts_memory_lock(const struct acts *a);

#endif
