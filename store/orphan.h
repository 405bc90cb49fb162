/*
 * When the database was lost, so was the journal of deliveries under way. What still tells of one
 * that died behind the moment at which its message was shown is its marker: a file in tmp/ with a
 * name among the messages.
 */
#ifndef STORE_ORPHAN_H
#define STORE_ORPHAN_H

#include "base/arena.h"
#include "base/err.h"

/*
 * Looks in the tmp/ of FOLDER for a file of exactly these bytes that was shown, in whichever folder
 * of the Maildir ROOT it is now. 1 and its base name, in MEM; 0 there is none; -1 when it cannot be
 * told.
 */
int orphan_find(int root, int folder, const struct str *pieces, size_t count, struct arena *mem,
	const char **base, struct err *err);

#endif
