/*
 * What was left behind in tmp/ by deliveries that died, ours and those of others, goes when it is
 * old: once a day, at the end of a delivery.
 */
#ifndef STORE_CLEANUP_H
#define STORE_CLEANUP_H

#include "base/err.h"

#include <stdint.h>

enum {
	CLEANUP_EVERY_SECONDS = 24 * 3600,
	CLEANUP_OLD_SECONDS = 36 * 3600, /* as Maildir's author has it */
};

/*
 * Removes old files from the tmp/ of all folders of the Maildir ROOT, as of NOW (seconds since
 * 1970). The marker of a delivery that may still be tried again stays. Returns how many went, or -1
 * when something could not be looked at or removed; then the rest was done all the same.
 */
long cleanup_folders(int root, int64_t now, struct err *err);

/*
 * Does so when the last time is a day ago; the time of a file in the state directory tells. 0 when
 * it is not due.
 */
long cleanup_when_due(int root, int state, int64_t now, struct err *err);

#endif
