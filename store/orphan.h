/*
 * When the database is lost, the journal of deliveries in progress is lost too. If an attempt died
 * after its message was shown, its marker still proves that: a file in tmp/ that also has a name
 * among the messages.
 */
#ifndef STORE_ORPHAN_H
#define STORE_ORPHAN_H

#include "base/arena.h"
#include "base/err.h"

/*
 * Looks in the tmp/ of FOLDER for a file with exactly these bytes that was shown in any folder of
 * the Maildir ROOT. 1 and its base name, in MEM; 0 there is none; -1 when it cannot be determined.
 */
int orphan_find(int root, int folder, const struct str *pieces, size_t count, struct arena *mem,
	const char **base, struct err *err);

#endif
