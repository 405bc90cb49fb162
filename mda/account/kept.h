/*
 * The accounts of real deliveries, which are kept in the mailbox's state directory: files to which
 * each delivery appends one record, without syncing it. "explain" is the newest; the others are
 * "explain." and the time at which they were full. A record is
 *
 *   "MDAK", the length of the frame (4 bytes), a checksum of it (8 bytes), the frame
 *
 * with numbers in little-endian. What is damaged is skipped up to the next record that is whole.
 */
#ifndef MDA_ACCOUNT_KEPT_H
#define MDA_ACCOUNT_KEPT_H

#include "mda/account/account.h"

/*
 * Gives A a time and an id that no other record has, and appends it to the records in STATE_DIR,
 * which exists. Once a day, or when a file is full, removes records older than KEEP seconds, and
 * the oldest of too many. A and its texts are in MEM. -1 with the reason; A then has no id.
 */
int kept_add(
	const char *state_dir, struct account *a, size_t keep, struct arena *mem, struct err *err);

/* What was found in the files beside records. */
struct kept_damage {
	size_t places;  /* where bytes were skipped */
	struct err why; /* of the first place */
};

/* False ends the walk. A is in memory that is used again for the next record. */
typedef bool kept_visit(void *context, const struct account *a);

/*
 * Visits the records in STATE_DIR made since SINCE (microseconds since 1970), the oldest first. -1
 * when a file cannot be read. A directory or file that does not exist has no records.
 */
int kept_walk(const char *state_dir, uint64_t since, kept_visit *visit, void *context,
	struct kept_damage *damage, struct err *err);

/* The same for the bytes of one file. False when VISIT ended the walk. */
bool kept_walk_bytes(struct str bytes, uint64_t since, kept_visit *visit, void *context,
	struct kept_damage *damage);

/* Removes all records. -1 with the reason. */
int kept_forget(const char *state_dir, size_t *files, struct err *err);

#endif
