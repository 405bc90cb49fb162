/*
 * Every state of a disk that a crash after each of its events may leave (disk.h): all that was not
 * synced is lost, or kept, or each single change is lost or kept alone, or torn, and some at
 * random. Each state is tried once.
 */
#ifndef TESTS_LIB_STATES_H
#define TESTS_LIB_STATES_H

#include "tests/lib/disk.h"

/* Tries the state IMAGE after the first COUNT events. Runs in one of several processes. */
typedef void states_try(void *context, size_t count, const struct disk_image *image);

struct states {
	const struct disk *disk;
	enum disk_rules rules;
	size_t step; /* from one crash to the next that is tried */
	/* Equal states before and after this event are tried twice: more is promised after it. */
	size_t mark;
	states_try *try;
	void *context;
};

/* How many states were tried is in *TRIED. Returns how many processes failed. */
size_t states_run(const struct states *s, size_t *tried);

/* The event of recorder_mark(); the number of events if there is none. */
size_t states_mark(const struct disk *d);

#endif
