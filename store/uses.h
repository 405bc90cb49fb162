/*
 * How often each entry of the block and allow lists was used, and when last: the database "uses" in
 * the state directory of the mailbox. A delivery only appends to a file beside it (uses_log.h),
 * which costs no sync; what is there is moved into the database when it is large, and by tools.
 */
#ifndef STORE_USES_H
#define STORE_USES_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* The numbers are in the files. */
enum uses_list { USES_BLOCK, USES_ALLOW, USES_GLOBAL_BLOCK, USES_GLOBAL_ALLOW, USES_LISTS };
enum { USES_ENTRY_MOST = 400 };

struct use {
	enum uses_list list;
	bool is_spam;     /* an allowed message was spam; otherwise: the entry matched a message */
	struct str entry; /* from uses_entry() */
};

/* Times are seconds since 1970; 0: never. */
struct uses_record {
	uint64_t count, spam;    /* how often it matched, and let spam through */
	int64_t last, last_spam; /* when last */
	int64_t noted;           /* when it was first found in the list, if it has no date there */
};

/* ENTRY as it is kept, however it is written; in MEM. Empty: it is not an entry. */
struct str uses_entry(struct str entry, struct arena *mem);

/* Adds the uses at the time NOW. They may be lost with power, but not by a kill. -1 on error. */
int uses_add(
	const char *state_dir, const struct use *uses, size_t count, int64_t now, struct err *err);

/* ---- reading ---- */

struct uses_item {
	struct use key;
	struct uses_record record;
};
struct uses {
	struct uses_item *items; /* sorted, each key once */
	size_t count, folded;
	int64_t since; /* when counting began; 0: nothing was counted yet */
};

/* Reads all of it, and changes nothing. -1 on error. */
int uses_read(const char *state_dir, struct arena *mem, struct uses *uses, struct err *err);
/* The record of an entry, from uses_entry(); NULL: there is none. */
const struct uses_record *uses_find(const struct uses *uses, enum uses_list list, struct str entry);
/*
 * Adds a record, or the beginning of the counting, to TO, in MEM. After the last one, uses_fold()
 * makes one record of those with the same key.
 */
void uses_join(struct uses *to, const struct use *key, const struct uses_record *record,
	struct arena *mem);
void uses_join_since(struct uses *to, int64_t since);
void uses_fold(struct uses *uses);

/* ---- for the one who looks after the lists ---- */

/* What is known of the lists of a mailbox. */
struct uses_known_entry {
	struct use key;
	bool has_date; /* in the list: the record needs none */
};
struct uses_known {
	bool read[USES_LISTS]; /* the list was read: a record of another entry is removed */
	struct uses_known_entry *entries; /* of these lists */
	size_t count;
};

/*
 * Moves what was added into the database, removes records of entries that are in no list any more,
 * and notes NOW for entries that have neither a record nor a date. Writes nothing if nothing
 * changes.
 */
int uses_settle(
	const char *state_dir, const struct uses_known *known, int64_t now, struct err *err);

#endif
