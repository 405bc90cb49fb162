/*
 * The power fails while a piece of work runs. What it does to its directory is recorded, and every
 * state of the disk that is possible then (states.h) is made and tried. What must hold there is the
 * test's own.
 */
#ifndef TESTS_LIB_POWER_H
#define TESTS_LIB_POWER_H

#include "tests/lib/crash.h"
#include "tests/lib/states.h"

struct power {
	const char *name;
	struct disk *disk;
	size_t mark; /* after this event the work had reported that all is done */
};

/* Skips the test without a tracer, and in Valgrind. */
void power_or_skip(void);

/*
 * Runs WORK, which must end with status 0, and records what it does below DIR. P->name must be set;
 * free with power_free().
 */
void power_record(struct power *p, const char *dir, crash_work *work, void *context);

/*
 * Calls TRY with each state, in several processes, and prints how many there were. Returns how many
 * processes failed.
 */
size_t power_try(const struct power *p, enum disk_rules rules, states_try *try, void *context);

/*
 * As if the work had forgotten its syncs of this kind (DISK_SYNC: those of directories). If it has
 * none the test fails.
 */
void power_forget_syncs(struct power *p, enum disk_kind kind);

void power_free(struct power *p);

#endif
