/*
 * The record of one delivery under way, kept with the UIDs and committed together with them, so
 * that a retry recognises what an attempt that died had done.
 */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include "base/arena.h"

#include "store/written.h"

#include <stdint.h>

/* A message that was given a UID and that stands, or was about to stand, in a folder. */
struct journal_item {
	struct str directory, base; /* C strings as well, without a slash */
	uint32_t uid, uidvalidity;
	bool shown; /* durably, whatever a reader did with it since */
	struct written written;
	/* Not in the record: a reader has renamed the folder since, from RECORDED to DIRECTORY. */
	bool moved;
	struct str recorded;
};

struct journal {
	int64_t time; /* seconds since 1970 of its last change; 0 in an empty one */
	struct journal_item *items;
	size_t item_count;
	/*
	 * The item whose file in tmp/ says that the delivery is not finished; NULL when nothing was
	 * stored. The others' stay there as long.
	 */
	struct journal_item *marker;
	struct str *sent; /* what was handed to the MTA */
	size_t sent_count;
};

struct str journal_encode(const struct journal *j, struct arena *mem);

/* Reads a record; its strings are copied to MEM. False when it is damaged; then J is empty. */
bool journal_decode(struct str record, struct arena *mem, struct journal *j);

#endif
