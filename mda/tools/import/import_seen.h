/*
 * The messages that a folder has, and those of the source that were met: duplicates are found by
 * it.
 */
#ifndef MDA_TOOLS_IMPORT_IMPORT_SEEN_H
#define MDA_TOOLS_IMPORT_IMPORT_SEEN_H

#include "base/err.h"
#include "base/hash.h"

struct import_seen;

struct import_seen *import_seen_new(void);
void import_seen_free(struct import_seen *s);

/* Adds what is in the folder FOLDER of the Maildir PATH; a missing one has nothing. -1 on error. */
int import_seen_load(
	struct import_seen *s, const char *path, struct str folder, bool quiet, struct err *err);

enum import_kind {
	IMPORT_NEW,
	IMPORT_SAME_ID, /* new, but another message has its Message-ID */
	IMPORT_DUPLICATE,
};

/*
 * The next message of the source: BYTES and its Message-ID (empty: none). A duplicate has the same
 * bytes, and so the same Message-ID, as one of the folder or one of the source before it. With
 * KEEP, equal messages of the source stay as many as they are: one is a duplicate only for each
 * that was in the folder before.
 */
enum import_kind import_seen_meet(
	struct import_seen *s, struct str bytes, struct str message_id, bool keep);

#endif
