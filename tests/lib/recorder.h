/* Records what a process does to a directory, in order. */
#ifndef TESTS_LIB_RECORDER_H
#define TESTS_LIB_RECORDER_H

#include "tests/lib/disk.h"
#include "tests/lib/tracer.h"

/*
 * Runs WORK in a child and adds what it does below the disk's root to the disk's events. LOOK may
 * be NULL; it may end the child. The file with the name MAPPED may be written through a map.
 * Returns the child's status as from waitpid(). d->blind says whether the child did something that
 * the recorder does not understand.
 */
int recorder_run(struct disk *d, const char *mapped, int (*work)(void *), void *work_context,
	tracer_look *look, void *look_context);

/* Called in the child: adds a DISK_MARK. */
void recorder_mark(void);

#endif
