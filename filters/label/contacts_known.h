/*
 * Contacts that are in no file: those added by hand or imported, and those to whom the person has
 * written, how often and when last. They are in LMDB, in a directory that the person owns.
 */
#ifndef FILTERS_LABEL_CONTACTS_KNOWN_H
#define FILTERS_LABEL_CONTACTS_KNOWN_H

#include "base/arena.h"
#include "base/kv/kv.h"

enum {
	KNOWN_ADDED = 1,
	KNOWN_REMOVED = 2
}; /* set by hand; a removed contact stays removed, whatever is learned later */
enum { KNOWN_NAME_MOST = 200 };

struct known {
	struct str key;  /* from address_key() */
	struct str name; /* as it was last written; may be empty */
	uint32_t count;  /* number of messages to it */
	unsigned flags;
	int64_t last; /* when the last one was sent, in seconds since 1970; 0: never */
};

/* Is KEY a contact? 1, 0, or -1. *FOUND is in MEM. Makes and changes nothing. */
int contacts_known_find(
	const char *dir, struct str key, struct arena *mem, struct known *found, struct err *err);

/*
 * Calls VISIT for all of them in the order of addresses, also removed ones; what it gets lives
 * until it returns. 0, or -1.
 */
typedef int known_visit(void *context, const struct known *one, struct err *err);
int contacts_known_walk(const char *dir, known_visit *visit, void *context, struct err *err);

/* ---- changing; nothing is changed until contacts_known_commit() returns 0 ---- */

struct known_changes;
/* Opens the database for changes; a missing DIR is made. NULL on error. */
struct known_changes *contacts_known_open(const char *dir, struct err *err);
void contacts_known_close(struct known_changes *changes);

/* Counts one more message to KEY, sent at WHEN. */
void contacts_known_wrote(struct known_changes *c, struct str key, struct str name, int64_t when);
/* Sets and clears flags, and the name if it is not empty. */
void contacts_known_mark(
	struct known_changes *c, struct str key, struct str name, unsigned set, unsigned clear);
/* Records how far a folder was read. */
void contacts_known_reached(
	struct known_changes *c, struct str folder, uint32_t uidvalidity, uint32_t uid);
/* 1 found, 0 the folder was never read, -1 error. */
int contacts_known_reached_in(struct known_changes *c, struct str folder, uint32_t *uidvalidity,
	uint32_t *uid, struct err *err);
/* Writes all changes since the last commit in one transaction. -1 on error. */
int contacts_known_commit(struct known_changes *c, struct err *err);

#endif
