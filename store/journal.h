/*
 * The record of one delivery in progress, kept with the UIDs and committed in the same transaction,
 * so that a retry recognises what an attempt did before it died.
 */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include "base/arena.h"

#include "store/written.h"

#include <stdint.h>

/* How long a record counts: longer than an MTA keeps a message in its queue. */
enum { JOURNAL_SECONDS = 10 * 24 * 3600 };

/* A message that was given a UID and is in a folder, or was about to be put there. */
struct journal_item {
	struct str directory, base; /* also C strings; BASE has no slash */
	uint32_t uid, uidvalidity;
	bool shown; /* it certainly was in its folder, whatever a reader has done with it since */
	struct written written;
	/* Not stored in the record: a reader has renamed the folder from RECORDED to DIRECTORY. */
	bool moved;
	struct str recorded;
};

struct journal {
	int64_t time; /* seconds since 1970 of its last change; 0 in an empty one */
	struct journal_item *items;
	size_t item_count;
	/*
	 * The item whose file in tmp/ shows that the delivery is not finished; NULL when nothing
	 * was stored. The files of the other items stay in tmp/ until then too.
	 */
	struct journal_item *marker;
	struct str *sent; /* what was handed over to be sent */
	size_t sent_count;
};

struct str journal_encode(const struct journal *j, struct arena *mem);

/* Reads a record; its strings are copied to MEM. False when it is damaged: then J is empty. */
bool journal_decode(struct str record, struct arena *mem, struct journal *j);

#endif
