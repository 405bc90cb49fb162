/* Watches what a process does to a directory, in the order in which it does it. */
#ifndef TESTS_LIB_RECORDER_H
#define TESTS_LIB_RECORDER_H

#include "tests/lib/disk.h"
#include "tests/lib/tracer.h"

/*
 * Runs WORK in a child, which LOOK, unless it is NULL, may let die, and adds what it does below the
 * disk's root to its events. A file of the name MAPPED may be written through a map. Returns the
 * child's status as waitpid() tells it; d->blind says whether something was done that the recorder
 * does not understand.
 */
int recorder_run(struct disk *d, const char *mapped, int (*work)(void *), void *work_context,
	tracer_look *look, void *look_context);

/* Called in the child: a DISK_MARK. */
void recorder_mark(void);

#endif
