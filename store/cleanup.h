/*
 * Removes old files from tmp/ that deliveries left when they died, ours and those of other
 * programs: once a day, at the end of a delivery.
 */
#ifndef STORE_CLEANUP_H
#define STORE_CLEANUP_H

#include "base/err.h"

#include <stdint.h>

enum {
	CLEANUP_EVERY_SECONDS = 24 * 3600,
	CLEANUP_OLD_SECONDS = 36 * 3600, /* the limit that the inventor of Maildir gives */
};

/*
 * Removes old files from the tmp/ of all folders of the Maildir ROOT. NOW is in seconds since 1970.
 * The marker of a delivery that may be tried again stays. Returns how many were removed, or -1 when
 * something could not be looked at or removed; everything else is done all the same.
 */
long cleanup_folders(int root, int64_t now, struct err *err);

/*
 * Calls cleanup_folders() if the last time was at least a day ago; the time of a file in the state
 * directory records it. Returns 0 when it is not due yet.
 */
long cleanup_when_due(int root, int state, int64_t now, struct err *err);

#endif
