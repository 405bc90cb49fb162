/*
 * The contacts that no file names: who was added by hand or imported, and to whom the person has
 * written, how often and when last. In LMDB, in a directory of the person's own.
 */
#ifndef FILTERS_LABEL_CONTACTS_KNOWN_H
#define FILTERS_LABEL_CONTACTS_KNOWN_H

#include "base/arena.h"
#include "base/kv/kv.h"

enum {
	KNOWN_ADDED = 1,
	KNOWN_REMOVED = 2
}; /* by hand; what is removed stays so, whatever is learned later */
enum { KNOWN_NAME_MOST = 200 };

struct known {
	struct str key;  /* address_key() */
	struct str name; /* as it was last written; may be empty */
	uint32_t count;  /* messages to it */
	unsigned flags;
	int64_t last; /* when the last one was sent, in seconds since 1970; 0: never */
};

/*
 * Is one of them, and a contact: 1, 0, or -1. What is found is in MEM. Makes and changes nothing.
 */
int known_find(
	const char *dir, struct str key, struct arena *mem, struct known *found, struct err *err);

/*
 * Calls VISIT for all of them by address, removed ones too; what it gets lives until it returns. 0,
 * or -1.
 */
typedef int known_visit(void *context, const struct known *one, struct err *err);
int known_walk(const char *dir, known_visit *visit, void *context, struct err *err);

/* ---- changing; nothing is changed until known_commit() returns 0 ---- */

struct known_changes;
/* Makes DIR when it is missing. NULL on error. */
struct known_changes *known_open(const char *dir, struct err *err);
void known_close(struct known_changes *changes);

/* One more message to KEY, sent at WHEN. */
void known_wrote(struct known_changes *c, struct str key, struct str name, int64_t when);
/* Flags that are set and cleared; the name, when it is not empty. */
void known_mark(
	struct known_changes *c, struct str key, struct str name, unsigned set, unsigned clear);
/* How far a folder was read. */
void known_reached(struct known_changes *c, struct str folder, uint32_t uidvalidity, uint32_t uid);
/* 1, 0 when it was never read, -1. */
int known_reached_in(struct known_changes *c, struct str folder, uint32_t *uidvalidity,
	uint32_t *uid, struct err *err);
/* All that was said since the last time, in one transaction. */
int known_commit(struct known_changes *c, struct err *err);

#endif
