/* The format of a compiled list: what its compiler and its reader share. */
#ifndef FILTERS_LISTS_LIST_RECORD_H
#define FILTERS_LISTS_LIST_RECORD_H

#include "filters/lists/list_shape.h"

enum { LIST_INFO, LIST_ENTRIES, LIST_REST, LIST_BROKEN, LIST_TABLES };
extern const struct kv_layout list_layout;

/* Keys in the tables INFO and BROKEN. */
#define LIST_INFO_KEY   "list"
#define LIST_BROKEN_KEY "first"

/* Facts about the text when it was compiled. */
struct list_state {
	int64_t size, seconds, nanoseconds;
};
/* The state of the text at PATH now: 1, 0 there is none, -1 error. */
int list_state_of(const char *path, struct list_state *state, struct err *err);
/* The same, after waiting until the text is so old that its time shows every later change. */
int list_state_settled(const char *path, struct list_state *state, struct err *err);
/* -1 if the state of the text at PATH is no longer BEFORE: it was changed while it was read. */
int list_state_check(const char *path, const struct list_state *before, struct err *err);
bool list_state_same(const struct list_state *a, const struct list_state *b);

/*
 * Waits, if a text that was changed at SECONDS is so young that its time may not show the next
 * change. False: there was no need.
 */
bool list_settle(int64_t seconds);

struct list_info {
	struct list_state text;
	uint64_t entries, rest, broken;
	struct shape_census shapes[SHAPE_COUNT];
};

/*
 * An entry. The entry as it is written follows the record; if it has no shape, its patterns follow
 * that. For a line that cannot be read, UNTIL is the column, and the entry is what is wrong.
 */
struct list_record {
	uint32_t line, until;
	uint16_t literals, entry, local, domain;
	uint8_t subdomains, unused[3];
};

/*
 * Takes a record off the front of *REST; false when there is no whole one. *TEXT is what follows
 * it.
 */
bool list_record_next(struct str *rest, struct list_record *r, struct str *text);

/* The path PATH.lmdb, in MEM. */
const char *list_record_path(struct str path, struct arena *mem);
/*
 * The mode of the compiled form: everybody who may read the text may read it; nobody may write to
 * it but its owner.
 */
mode_t list_record_mode(const char *text);

#endif
